/** What edge keeps in a database, in a schema of its own, on both targets; each statement may run again. */
export const ownTables: readonly string[] = [
  `create table if not exists edge.heartbeat (id int primary key check (id = 1), at timestamptz not null)`,
  // Version 0.2.0 had no numbers: it begins at 0, below which nothing was ever acknowledged.
  `alter table edge.heartbeat add column if not exists number bigint not null default 0`,
  `insert into edge.heartbeat (id, at) values (1, now()) on conflict do nothing`,
  // Rows that checks write and look for on the other member.
  `create table if not exists edge.marker (id uuid primary key, at timestamptz not null default now())`,
]
