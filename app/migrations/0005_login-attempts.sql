-- Up Migration
create table state.login_attempts (
  id uuid primary key,
  -- As it was typed: an unknown account is limited like a known one, or the difference would tell which exist.
  account text not null,
  address inet not null,
  -- True until the password was found right, so that attempts under way count as well.
  failed boolean not null default true,
  at timestamptz not null default now()
);

create index on state.login_attempts (account, at) where failed;
create index on state.login_attempts (address, at);
create index on state.login_attempts (at);

grant select, insert, update, delete on state.login_attempts to app;
