import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { succeeded } from '../../../src/core/succeeded.ts'
import { connect, type PgAddress } from '../../../src/engines/postgres.ts'

/** What its owner makes, the app may write into. */
export const numberedTables = `create table public.numbered (writer int, number int, body text not null, primary key (writer, number));
  create table public.counted (writer int primary key, number int not null)`

/** A row and the counter of its writer, in one transaction: a copy that has one of both has half a transaction. */
const write = `with row as (insert into public.numbered values ($1, $2, md5($1::int || '/' || $2::int)))
  insert into public.counted values ($1, $2) on conflict (writer) do update set number = excluded.number`

/** All that a copy holds of it, in one value. */
export const numberedIn = `select json_build_object(
  'rows', (select coalesce(json_agg(writer || '/' || number), '[]') from public.numbered),
  'altered', (select count(*) from public.numbered where body <> md5(writer || '/' || number)),
  'halves', (select count(*) from public.counted c
    where number <> (select max(number) from public.numbered n where n.writer = c.writer)))`

export type Numbered = { readonly rows: readonly string[]; readonly altered: number; readonly halves: number }

/** What writers did with a row, in the order of all that was seen: no clock is asked. `ended`: from then on it is there, or never comes. */
type Row = { readonly begun: number; ended?: number; isAcknowledged: boolean }

/** A moment by the server's clock, and what was seen just before it was asked for and just after it was told. */
export type Told = { readonly at: string; readonly asked: number; readonly answered: number }

/**
 * Writers that each write one numbered row after the other, and note when each was begun and acknowledged. A row whose end
 * was not seen is not written again: whether it is there, the database itself has to say.
 */
export class NumberedWriters {
  readonly rows = new Map<string, Row>()
  readonly #address: PgAddress
  readonly #end = new AbortController()
  readonly #working: Promise<readonly void[]>
  #asking: Client | undefined
  #seen = 0

  constructor(address: PgAddress, writers: number) {
    this.#address = address
    this.#working = Promise.all(Array.from({ length: writers }, (_, writer) => this.#writeAs(writer)))
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await this.#working
    await this.#asking?.end().catch(() => undefined)
  }

  get acknowledged(): number {
    return [...this.rows.values()].filter(({ isAcknowledged }) => isAcknowledged).length
  }

  /** Asks the server what time it is; anew where the connection was lost. It is kept: a moment is to be a short one. */
  async ask(): Promise<Told> {
    for (;;) {
      this.#asking ??= await connect(this.#address).catch(() => undefined)
      const asked = this.#see()
      const told = await this.#asking
        ?.query<{ at: string }>(
          "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' as at",
        )
        .catch(() => undefined)
      const at = told?.rows[0]?.at
      if (at !== undefined) return { at, asked, answered: this.#see() }
      await this.#asking?.end().catch(() => undefined)
      this.#asking = undefined
      await wait(20)
    }
  }

  async #writeAs(writer: number): Promise<void> {
    let client: Client | undefined
    let open: Row[] = []
    for (let number = 1; !this.#end.signal.aborted; number += 1) {
      // So many rows that a copy can be compared one by one.
      await wait(10)
      client ??= await connect(this.#address).catch(() => undefined)
      if (!client) continue
      const row: Row = { begun: this.#see(), isAcknowledged: false }
      this.rows.set(`${writer}/${number}`, row)
      open.push(row)
      row.isAcknowledged = await succeeded(client.query(write, [writer, number]))
      if (row.isAcknowledged) {
        // What came to no end before was on a server that is gone by now.
        for (const one of open) one.ended = this.#see()
        open = []
      } else {
        await client.end().catch(() => undefined)
        client = undefined
      }
    }
    await client?.end()
  }

  #see(): number {
    return (this.#seen += 1)
  }
}

/** The rows that a copy of a moment must have, and those that it must not have: of all others nobody saw when they were committed. */
export function expectedAt({ asked, answered }: Told, rows: NumberedWriters['rows'], live: ReadonlySet<string>) {
  const all = [...rows]
  const must = all
    .filter(([name, { ended = Infinity, isAcknowledged }]) => ended < asked && (isAcknowledged || live.has(name)))
    .map(([name]) => name)
  const mustNot = all.filter(([name, { begun }]) => begun > answered || !live.has(name)).map(([name]) => name)
  return { must, mustNot, either: all.length - must.length - mustNot.length }
}
