import type { Client } from 'pg'
import { messageOf } from '../core/errors.ts'
import { type Acknowledged, acknowledgedIn, noteLoss, writeAcknowledged } from '../targets/local/acknowledged.ts'

type Row = { readonly number: string; readonly at: Date; readonly wal: string }
type Written = Row & { readonly lsn: string; readonly wrong: Answers }
/** What the watches answered, in their order; none where they were not asked. */
type Answers = readonly (boolean | null)[]

/** Writes one heartbeat, and answers what the watches saw. */
export type Beat = (client: Client) => Promise<Answers>

/** The watches ride along: a question of their own would cost the agent a third of its processor time. */
const asking = (watches: readonly string[]): string =>
  `array[${watches.map((query) => `(${query})`).join(', ')}]::boolean[] as wrong`
const wal = 'pg_walfile_name(pg_current_wal_insert_lsn()) as wal'
const written = `number, at, ${wal}, pg_current_wal_insert_lsn() as lsn`
/** Never above a gap: where the database has less than what it acknowledged, nothing is written. */
const count = 'update edge.heartbeat set number = number + 1, at = clock_timestamp() where number >= $1'
const countFrom = `insert into edge.heartbeat (id, number, at) values (1, $1::bigint + 1, clock_timestamp())
  on conflict (id) do update set number = greatest(heartbeat.number, $1) + 1, at = excluded.at`

/** The first eight digits of a file of the log. */
const timelineOf = (name: string): number => Number.parseInt(name.slice(0, 8), 16)

/** Writes the time alone: for settings of an older version, whose table may have no number yet. */
export function plainHeartbeats(watches: readonly string[]): Beat {
  const statement = `update edge.heartbeat set at = clock_timestamp() returning ${asking(watches)}`
  return async (client) => (await client.query<Pick<Written, 'wrong'>>(statement)).rows[0]?.wrong ?? []
}

/**
 * Writes the next heartbeat into its row, whose age on a copy of the database is that copy's staleness; and, once the
 * commit was acknowledged, its number into a file outside. Finds it there when the database has less, and notes the
 * loss before it counts on. Killed at any point, it finds the database at the noted number or above it.
 */
export function countedHeartbeats(folder: string, watches: readonly string[], onLoss: () => void): Beat {
  const statement = `${count} returning ${written}, ${asking(watches)}`
  let newest: Acknowledged | undefined
  let said: string | undefined
  const say = (problem: string | undefined): void => {
    if (problem !== undefined && problem !== said) console.error(problem)
    said = problem
  }
  const next = async (client: Client): Promise<Written> => {
    const height = newest?.number ?? 0
    const [row] = (await client.query<Written>(statement, [height])).rows
    if (row) return row
    if (newest) {
      await noteWhatIsGone(client, folder, newest)
      onLoss()
    }
    const [above] = (await client.query<Omit<Written, 'wrong'>>(`${countFrom} returning ${written}`, [height])).rows
    if (!above) throw new Error('the heartbeat was not written')
    return { ...above, wrong: [] }
  }
  return async (client) => {
    try {
      // What this process saw acknowledged counts more than a file that a hand took away meanwhile.
      newest ??= await acknowledgedIn(folder)
    } catch (error) {
      say(messageOf(error))
      // To begin a new count would hide what may be lost: that is for an operator to say, who removes the file.
      return (await client.query<Written>(statement, [0])).rows[0]?.wrong ?? []
    }
    const row = await next(client)
    const at = row.at.toISOString()
    const since = newest?.since ?? at
    newest = { number: Number(row.number), at, timeline: timelineOf(row.wal), lsn: row.lsn, since }
    try {
      writeAcknowledged(folder, newest)
      say(undefined)
    } catch (error) {
      // On a full disk the database goes on; the check sees that nothing is written down any more.
      say(`an acknowledged heartbeat cannot be written down: ${messageOf(error)}`)
    }
    return row.wrong
  }
}

/** Rejects where it cannot be written down: then the count stays where it is, and the check sees the loss itself. */
async function noteWhatIsGone(client: Client, folder: string, acknowledged: Acknowledged): Promise<void> {
  const { rows } = await client.query<Row>(`select number, at, ${wal} from edge.heartbeat`)
  const [row] = rows
  // A row that begins at 0 was made anew.
  const left = row && Number(row.number) > 0 ? { number: Number(row.number), at: row.at.toISOString() } : null
  const timeline = row ? timelineOf(row.wal) : acknowledged.timeline
  const { number } = acknowledged
  console.error(`acknowledged writes are gone: heartbeat ${number} was acknowledged, ${left?.number ?? 'none'} is left`)
  await noteLoss(folder, { acknowledged, left, found: new Date().toISOString(), timeline })
}
