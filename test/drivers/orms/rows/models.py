from django.db import models


class Row(models.Model):
    id = models.AutoField(primary_key=True)
    value = models.IntegerField()

    class Meta:
        db_table = "of_django"
