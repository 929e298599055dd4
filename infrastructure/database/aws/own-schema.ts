import { ownTables } from '../own-tables.ts'

/**
 * Checks and the heartbeat may come first, and two of them at once: one waits for the other. The user has the name of this
 * schema, and PostgreSQL looks into a schema of the user's own name first: tables that the app makes would come to lie here,
 * before those of the same name that it has in `public`. So what the user finds stays what it was.
 */
export const ownSchema = `do $$ begin
  perform pg_advisory_xact_lock(hashtext('edge'));
  if current_setting('search_path') = '"$user", public' then
    execute format('alter role %I in database %I set search_path = public', current_user, current_database());
  end if;
  if to_regclass('edge.marker') is null then
    create schema if not exists edge;
    ${ownTables.join(';\n    ')};
  end if;
end $$`

/**
 * Who reads a restored copy, and the live database to compare it with: it signs in by IAM alone, so that the live password
 * opens no copy; it is in each backup, so that it is in what comes back of one; and it may read all rows. What everybody may do in this
 * database it may do as well: that it writes nothing is its own wish, as a guard against a mistake.
 */
export const readerRole = (name: string): string => `do $$ begin
  if not exists (select from pg_roles where rolname = '${name}') then
    create role ${name} login in role rds_iam, pg_read_all_data;
    alter role ${name} set default_transaction_read_only = on;
  end if;
end $$`
