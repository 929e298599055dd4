-- Up Migration
-- The days before and after that have games, the same for all games of a day: looking them up with each request cost
-- more than the games themselves. The import that follows the migrations fills them.
alter table sports.games add column previous_day date, add column next_day date;
