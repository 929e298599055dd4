CREATE TABLE "of_drizzle" ("id" serial PRIMARY KEY, "value" integer NOT NULL);
