-- Up Migration
-- Whether a probability was published before its game, or computed by its source afterwards (NFL Elo, from 1920 on).
-- Rows of an earlier import have none until the import that follows the migrations has replaced them.
alter table sports.games add column basis text check (basis in ('published', 'elo'));
