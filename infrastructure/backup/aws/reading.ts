import type { Fingerprint } from '../catalog.ts'

/**
 * What is asked of the function that reads a database. `before`: of rows that were written before this transaction alone;
 * `onlyHeartbeat`: of no row, so that it answers at once.
 */
export type ReadThis = {
  readonly host: string
  readonly port: number
  readonly before?: string
  readonly onlyHeartbeat?: true
}

export type Tables = Readonly<Record<string, Fingerprint>>

/** What a database says of itself. */
export type Reading = {
  /** When it answered its first query. */
  readonly answeredAt: string
  /** Every transaction before this one had ended. */
  readonly xid: string
  /** The newest heartbeat in it; null where there never was one. */
  readonly heartbeat: string | null
  readonly tables: Tables
}

/** What was compared, in numbers and in words; `wrong`: the first thing that is not as it was. */
export type Compared = { readonly compared: number; readonly says: string; readonly wrong?: string }

/**
 * A restored database, held against what was noted of the live one before the moment that came back, and against what the
 * live one has now, where that is still there; each of rows alone that were there when it was noted. Rows that are neither changed nor deleted since
 * are the same in all three, so that a table nobody touches is compared exactly, also while others are written to. Of a
 * table whose old rows change, the copy has no more of them than were noted, and no fewer than live on.
 */
export function compareReadings(noted: Tables, copy: Tables, live: Tables | undefined): Compared {
  let [exact, rows, moving] = [0, 0, 0]
  const wrong = (says: string): Compared => ({ compared: rows, says, wrong: says })
  for (const [name, was] of Object.entries(noted)) {
    const [is, now] = [copy[name], live?.[name]]
    // Dropped on the live one, too: by whoever owns it.
    if (!is && live && !now) continue
    if (!is) return wrong(`${name} is missing`)
    if (is.rows > was.rows) return wrong(`${name} has ${is.rows} rows of then instead of ${was.rows}`)
    if (now && is.rows < now.rows) return wrong(`${name} lacks ${now.rows - is.rows} rows that are live still`)
    // Whoever changes a table as such, changes the text of rows that are as they were: one of the two is enough.
    const same = [was, now].filter((one) => one?.rows === is.rows)
    if (same.length > 0 && same.every((one) => one?.sum !== is.sum))
      return wrong(`${name} has other content in as many rows (${is.rows})`)
    // Rows that were lost would pass for rows that somebody deleted.
    if (same.length === 0 && !now)
      return wrong(`${name} has ${is.rows} of ${was.rows} rows, and nothing live says how many of them are due`)
    exact += same.length > 0 ? 1 : 0
    moving += same.length > 0 ? 0 : 1
    rows += is.rows
  }
  if (rows === 0 && Object.values(noted).some((one) => one.rows > 0)) return wrong('no row was compared')
  const between = moving > 0 ? `, ${moving} of them between what was noted and what is live` : ''
  return { compared: rows, says: `${rows} rows in ${exact + moving} tables${between}` }
}
