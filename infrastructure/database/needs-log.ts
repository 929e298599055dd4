import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '../../src/core/world.ts'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import { type PgAddress, withClient } from '../../src/engines/postgres.ts'
import { startupOf } from './causes.ts'

/** What a standby needs next of the log, and how far what it has reaches. */
export type Needed = {
  /** Without its timeline; absent where it is the one after `at`. */
  readonly segment?: string
  readonly at: string
  readonly timeline: number
  /** It asks the primary five times a second; one that comes no further for so long gets nothing. */
  readonly patienceMs: number
}

/** Of one that answers. Received counts, too: one that waits with replaying, as a query of a reader is in the way, lacks nothing. */
export const neededByRunning = (replica: PgAddress): Promise<Needed | undefined> =>
  withClient(replica, async (client) => {
    const { rows } = await client.query<{ at: string; timeline: number }>(
      `select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) as at,
              greatest(timeline_id, min_recovery_end_timeline) as timeline
         from pg_control_checkpoint(), pg_control_recovery() where pg_is_in_recovery()`,
    )
    return rows[0] && { ...rows[0], patienceMs: 10_000 }
  })

/**
 * Of one that answers nobody yet, as after a rewind: what its process for the log says that it does, and how far it has
 * to come before it answers, which is all that its files have.
 */
export async function neededByStarting(data: string, world: World): Promise<Needed | undefined> {
  const pid = await startupOf(data)
  const doing = pid === undefined ? '' : await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const [, does, segment] = /(waiting for|recovering) [\dA-F]{8}([\dA-F]{16})/.exec(doing) ?? []
  if (segment === undefined) return undefined
  const { stdout } = await world.run([join(postgresPrograms, 'pg_controldata'), data], { env: { LC_ALL: 'C' } })
  const at = /^Minimum recovery ending location: +(\S+)$/m.exec(stdout)?.[1]
  const timeline = Number(/^Min recovery ending loc's timeline: +(\d+)$/m.exec(stdout)?.[1] ?? 0)
  // One that crashed as the primary notes no such place: it may have what nobody else has.
  if (at === undefined || timeline === 0) return undefined
  // A segment that lies there may be long in being replayed.
  return { segment, at, timeline, patienceMs: does === 'recovering' ? 30_000 : 10_000 }
}
