import { ownTables } from '../own-tables.ts'

/** Checks and the heartbeat may come first, and two of them at once: one waits for the other. */
export const ownSchema = `do $$ begin
  perform pg_advisory_xact_lock(hashtext('edge'));
  if to_regclass('edge.marker') is null then
    create schema if not exists edge;
    ${ownTables.join(';\n    ')};
  end if;
end $$`

/**
 * Who reads a restored copy, and the live database to compare it with: it signs in by IAM alone, so that the live password
 * opens no copy; it is in each backup, so that it is in what comes back of one; and it may read all rows and change none.
 */
export const readerRole = (name: string): string => `do $$ begin
  if not exists (select from pg_roles where rolname = '${name}') then
    create role ${name} login in role rds_iam, pg_read_all_data;
  end if;
end $$`
