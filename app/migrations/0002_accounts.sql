-- Up Migration
-- What the application remembers about its users: a schema of its own, as another store may hold it elsewhere.
create schema state;

create table state.accounts (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  password_hash text not null,
  -- Which bounds on login attempts hold for the account: see loginLimits in app/api/limits.ts.
  login_limits text not null default 'normal' check (login_limits in ('normal', 'load-test')),
  created_at timestamptz not null default now()
);

grant usage on schema state to app;
grant select on state.accounts to app;
