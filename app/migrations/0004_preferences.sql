-- Up Migration
create table state.preferences (
  account text primary key references state.accounts on delete cascade,
  preferences jsonb not null,
  updated_at timestamptz not null default now()
);

grant select, insert, update on state.preferences to app;
