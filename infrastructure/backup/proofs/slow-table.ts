type Sql = (text: string) => Promise<unknown>

/** What an operator bounds for the app. */
const bounds = ["statement_timeout = '1s'", "lock_timeout = '100ms'", "idle_in_transaction_session_timeout = '1s'"]

/** A table of which one row takes longer than that, and its index as well. */
const slowly = `create type public.slow as (number int);
  create function public.slow_text(slow) returns text language plpgsql
    as $$ begin perform pg_sleep(1.2); return ($1).number::text; end $$;
  create cast (public.slow as text) with function public.slow_text;
  create function public.slow_key(int) returns int language plpgsql immutable
    as $$ begin perform pg_sleep(1.2); return $1; end $$;
  create table public.slows (number int, of public.slow); insert into public.slows values (1, row(1));
  create index on public.slows (public.slow_key(number))`

export async function makeSlowTable(sql: Sql): Promise<void> {
  await sql(slowly)
  for (const bound of bounds) await sql(`alter database app set ${bound}`)
}

export async function dropSlowTable(sql: Sql): Promise<void> {
  await sql('drop table public.slows; drop type public.slow cascade; drop function public.slow_key')
  for (const bound of bounds) await sql(`alter database app reset ${bound.split(' ')[0]}`)
}
