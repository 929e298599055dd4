-- Up Migration
create schema sports;

create table sports.sports (
  id text primary key,
  position smallint not null,
  name text not null,
  league text not null,
  games integer not null,
  first_day date,
  last_day date,
  has_predictions boolean not null,
  notice text,
  attribution text,
  licence text
);

create table sports.games (
  id text primary key,
  sport text not null references sports.sports,
  day date not null,
  position smallint not null,
  season smallint not null,
  stage text,
  starts_at text,
  status text not null check (status in ('played', 'scheduled', 'postponed')),
  home text not null,
  away text not null,
  home_score smallint,
  away_score smallint,
  outcome text check (outcome in ('home', 'away', 'draw')),
  home_probability double precision check (home_probability between 0 and 1),
  away_probability double precision check (away_probability between 0 and 1),
  check ((home_probability is null) = (away_probability is null)),
  -- The index of every page: one day of one sport, in order.
  unique (sport, day, position)
);

-- Which files the games were imported from, so that an unchanged import is skipped.
create table sports.imported (
  the_one boolean primary key default true check (the_one),
  fingerprint text not null,
  at timestamptz not null default now()
);

grant usage on schema sports to app;
grant select on sports.sports, sports.games to app;
