import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { broken, kept, measured } from '../../../src/core/check.ts'
import { seconds } from '../../../src/core/units.ts'
import type { World } from '../../../src/core/world.ts'
import { bySql, throughDoor, throughPool } from './doors.ts'

const writes = 3
const looksEveryMs = 10
const next =
  'look at ReplicaLag and at what runs on the replica; a reader that must not be behind asks the pool, not the reader’s address'

/**
 * Writes rows through the pool and waits for each on the replica: how long it takes is how old what a reader sees can be.
 * RDS's own ReplicaLag climbs where nobody writes, and says nothing of it.
 */
export const boundedStaleness = bySql(async (endpoint, world) =>
  throughDoor('reader', endpoint, world, async (reader) =>
    throughPool(endpoint, world, async (pool) => {
      const { staleness, doors, instead } = endpoint
      const ages: number[] = []
      let isLate = false
      while (ages.length < writes && !isLate) {
        const id = await mark(pool)
        const begun = performance.now()
        isLate = !(await sees(reader, id, begun + staleness.milliseconds, world))
        ages.push(performance.now() - begun)
      }
      const oldest = `${Math.max(...ages).toFixed(0)} ms`
      const isReplica = await inRecovery(reader)
      const facts = measured({ oldest, rows: ages.length, 'read at': doors.reader, 'is a replica': isReplica })
      if (!isReplica) return broken(facts, noReplica(doors.reader), instead ?? whyNoReplica)
      if (isLate) {
        const what = `a reader at ${doors.reader} does not see a row that was acknowledged ${seconds(staleness)} s ago`
        return broken(facts, what, next)
      }
      return kept(facts)
    }),
  ),
)

export const noReplica = (address: string): string =>
  `${address} answers, and is no replica: it replays nothing of what the primary writes`
export const whyNoReplica =
  'was it promoted? docs/runbooks/database-on-aws.md, "Promote the replica"; aws rds describe-db-instances shows who replicates from whom'

/** Writes one row, and forgets old ones. */
async function mark(pool: Client): Promise<string> {
  const id = randomUUID()
  await pool.query("delete from edge.marker where at < now() - interval '1 minute'")
  await pool.query('insert into edge.marker (id) values ($1)', [id])
  return id
}

async function sees(reader: Client, id: string, until: number, world: World): Promise<boolean> {
  for (;;) {
    if (await hasMark(reader, id)) return true
    if (performance.now() > until) return false
    await world.sleep(looksEveryMs)
  }
}

/** The table itself may not have reached the replica. */
async function hasMark(reader: Client, id: string): Promise<boolean> {
  const { rows } = await reader.query<{ there: boolean }>("select to_regclass('edge.marker') is not null as there")
  if (rows[0]?.there !== true) return false
  return (await reader.query('select from edge.marker where id = $1', [id])).rowCount === 1
}

/** Whether a server replays what another one writes. */
export async function inRecovery(reader: Client): Promise<boolean> {
  const { rows } = await reader.query<{ replica: boolean }>('select pg_is_in_recovery() as replica')
  return rows[0]?.replica === true
}
