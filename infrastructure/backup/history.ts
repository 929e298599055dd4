import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { type BackupInfo, pgbackrest } from '../../src/engines/pgbackrest.ts'
import { newestTimeline } from './archive.ts'
import type { Backups } from './backups.ts'
import { isGood } from './retention.ts'
import { storageOf } from './storage.ts'
import { historyNameOf, segmentOf } from './timeline.ts'
import type { Repository } from './which-repository.ts'

/** The timelines that one has come out of, each with the place in the log at which it was left. */
type History = ReadonlyMap<number, bigint>

/** `16/B374D848`, as a number that can be compared. */
function placeOf(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/')
  return BigInt(`0x${high}`) * 2n ** 32n + BigInt(`0x${low}`)
}

/** What PostgreSQL writes of a timeline into a file: a line for each one before it. */
export function historyIn(text: string): History {
  const lines = text.matchAll(/^(\d+)\s+([\dA-F]+\/[\dA-F]+)/gm)
  return new Map([...lines].map(([, timeline, left = '']) => [Number(timeline), placeOf(left)]))
}

/** Whether a recovery from a backup can come to a timeline: it is of it, or ended before the log went on there. */
export function leadsTo({ archive, lsn }: Pick<BackupInfo, 'archive' | 'lsn'>, timeline: number, history: History) {
  // Of what is not listed PostgreSQL itself has to tell.
  if (archive.stop === null || !lsn || lsn.stop === null) return true
  const own = segmentOf(archive.stop).timeline
  if (own === timeline) return true
  const left = history.get(own)
  return left !== undefined && placeOf(lsn.stop) <= left
}

async function historyOf(
  { paths }: Pick<Backups, 'paths'>,
  repository: Repository,
  timeline: number,
  world: Pick<World, 'run'>,
): Promise<History> {
  const files = await storageOf(paths.database, repository, world).list('database/archive/edge')
  const file = files.find(({ name }) => name.endsWith(historyNameOf(timeline)))
  if (!file) return new Map()
  const command = ['repo-get', `archive/edge/${file.name}`] as const
  const asked = pgbackrest(world, paths.database, command, { options: [`--repo=${repository}`] })
  // One that is damaged must not keep the data from coming back: PostgreSQL itself does without it.
  const text = await asked.then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      if (error instanceof OperatorError) return ''
      throw error
    },
  )
  return historyIn(text)
}

/**
 * Of backups those that a recovery to the newest timeline can begin with: all of them, where none can. Where the machine is
 * lost, so may be the note of a restore that no backup has seen yet; what was backed up of the past that it took away no
 * recovery leads on from.
 */
export async function ofThePast<One extends BackupInfo>(
  found: readonly One[],
  backups: Pick<Backups, 'paths'>,
  repository: Repository,
  world: Pick<World, 'run'>,
): Promise<readonly One[]> {
  const newest = await newestTimeline(backups, world, repository)
  const history = await historyOf(backups, repository, newest, world)
  const fit = found.filter((one) => leadsTo(one, newest, history))
  return fit.some(isGood) ? fit : found
}
