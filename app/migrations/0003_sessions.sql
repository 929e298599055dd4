-- Up Migration
create table state.sessions (
  -- SHA-256 of the token: who reads the table or a backup of it cannot use the sessions in it.
  token_hash bytea primary key check (length(token_hash) = 32),
  account text not null references state.accounts on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create index on state.sessions (account);
create index on state.sessions (expires_at);

grant select, insert, delete on state.sessions to app;
