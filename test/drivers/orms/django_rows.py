"""Django on psycopg 3; see rounds.js. Reads by `iterator()` as well, for which it opens a cursor on the server."""

from urllib.parse import parse_qs, unquote, urlsplit

import django
from django.conf import settings

from rounds import Never, address, code_of, count, migration, setting

url = urlsplit(address)
settings.configure(
    INSTALLED_APPS=["rows"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": url.hostname,
            "PORT": url.port,
            "NAME": url.path[1:],
            "USER": url.username,
            "PASSWORD": unquote(url.password),
            "CONN_MAX_AGE": None,
            "OPTIONS": {name: values[0] for name, values in parse_qs(url.query).items()},
            "DISABLE_SERVER_SIDE_CURSORS": setting,
        }
    },
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from rows.models import Row  # noqa: E402


def insert(value):
    return Row.objects.create(value=value).pk


def find(key):
    # More than a piece, so that the cursor is asked a second time.
    [by_cursor] = {row.value for row in Row.objects.filter(pk=key).iterator(chunk_size=1)}
    assert by_cursor == Row.objects.get(pk=key).value
    return by_cursor


def rolled_back(key, value):
    try:
        with transaction.atomic():
            Row.objects.filter(pk=key).update(value=value)
            seen = Row.objects.get(pk=key).value
            raise Never
    except Never:
        return seen


if migration:
    call_command("migrate", verbosity=0)
else:
    count(insert, find, rolled_back, code_of)
