import type { Facts } from '../../src/core/check.ts'
import { Interrupted, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { pgbackrest, type PgbackrestPaths } from '../../src/engines/pgbackrest.ts'
import { unlock } from '../../src/engines/restic.ts'
import { bytesReadBy } from '../../src/targets/local/processes.ts'
import type { Backups, Say } from './backups.ts'
import { damageFacts } from './damaged.ts'
import { NotVerified } from './not-verified.ts'
import { amountOf, whileLooking } from './progress.ts'
import { storageOf } from './storage.ts'
import { readPacks } from './verify-files.ts'

/** What was read against its checksums. */
type Read = {
  readonly backups: number
  readonly segments: number
  /** Names of backups that cannot be restored as they were made. */
  readonly damaged: readonly string[]
  /** The first thing that is not as it was written. */
  readonly problem?: string
}

/**
 * What pgBackRest says of a repository that it has read; it ends with 0 whatever it finds. Throws NotVerified where
 * it was not read.
 */
export function readOf(said: string): Read {
  // In front of its report stands its log, which has the report once more.
  const report = said.slice(Math.max(0, said.search(/^stanza: /m)))
  const lines = report.split('\n').map((line) => line.trim())
  const archives = lines.flatMap((line) => /total WAL checked: (\d+), total valid WAL: (\d+)/.exec(line) ?? [])
  const counted = lines.filter((line) => /^(archiveId|backup): /.test(line))
  const wrong = counted.filter((line) => {
    const [, checked, valid] = / checked: (\d+), .*: (\d+)$/.exec(line) ?? []
    return checked !== valid || / status: (invalid|manifest missing)/.test(line)
  })
  // It counts a backup as valid whose manifest it had to read from its copy.
  const unusable = [...said.matchAll(/(\S+)\/backup\.manifest(?:\.copy)? is missing or unusable/g)].find(([, label]) =>
    counted.some((line) => line.startsWith(`backup: ${label}, status: valid`)),
  )
  const problem = wrong[0] ?? unusable?.[0]
  if (problem === undefined && !lines.includes('status: ok')) {
    const why = lines.filter((line) => line !== '' && !counted.includes(line)).join(', ')
    throw new NotVerified(`the repository was not read: ${why || 'pgBackRest says nothing'}`)
  }
  return {
    backups: counted.filter((line) => line.includes('status: valid')).length,
    segments: Number(archives[1] ?? 0),
    damaged: wrong.flatMap((line) => /^backup: ([^,]+),/.exec(line)?.[1] ?? []),
    ...(problem === undefined ? {} : { problem: `what lies in the repository is damaged: ${problem}` }),
  }
}

/**
 * Reads all backups and all logs of one of the repositories. pgBackRest says nothing until it has: what it has read, as the
 * kernel counts it, is held against what lies there.
 */
export async function readDatabase({ paths }: Backups, repository: 1 | 2, world: World, say: Say): Promise<Read> {
  const options = [`--repo=${repository}`, '--output=text', '--verbose', '--log-level-console=detail']
  const tell = amountOf(say, repository === 1 ? 'logs and backups' : 'logs and backups of the second repository')
  let pid: number | undefined
  let stored: number | undefined
  // Not waited for: to list what lies in S3 may take long, or fail.
  if (world.stdout.isTTY)
    void storedIn(paths.database, repository, world).then(
      (bytes) => (stored = bytes),
      () => undefined,
    )
  const look = async () => (pid === undefined ? undefined : bytesReadBy(pid))
  const verify = () => pgbackrest(world, paths.database, 'verify', { options, onStart: (its) => (pid = its) })
  return readOf((await whileLooking(look, (done) => tell(done, stored), verify, world)).stdout)
}

/** How much a verification reads: all but what is noted of backups of before. */
async function storedIn(paths: PgbackrestPaths, repository: 1 | 2, world: World): Promise<number> {
  const files = await storageOf(paths, repository, world).list('database')
  return files.reduce((sum, { name, bytes }) => sum + (name.includes('/backup.history/') ? 0 : bytes), 0)
}

export const isRead = 'read'

/** What was read of both repositories; and which backups are damaged, by facts of each that was read. */
type BothRead = { readonly facts: Facts; readonly damage: Facts; readonly problem: string | undefined }

/**
 * Reads every backup and every log in both repositories, and the files of the second one; those of the first one are read
 * where they are compared. A problem is one of the first; why the second one was not read is a fact, as it takes nothing
 * from the first.
 */
export async function readRepositories(backups: Backups, world: World, say: Say): Promise<BothRead> {
  const first = await readDatabase(backups, 1, world, say)
  const [, files] = backups.paths.files
  const second = await (async () => {
    await unlock(world, files)
    await readPacks(files, 'files of the second repository', world, say)
    const { damaged, problem = isRead } = await readDatabase(backups, 2, world, say)
    return { said: problem, damage: damageFacts(2, damaged) }
  })().catch((error: unknown) => {
    if (error instanceof Interrupted || world.signal.aborted || !(error instanceof OperatorError)) throw error
    return { said: error.message, damage: {} }
  })
  say('')
  return {
    facts: { backupsRead: first.backups, segmentsRead: first.segments, secondRepository: second.said },
    damage: { ...damageFacts(1, first.damaged), ...second.damage },
    problem: first.problem,
  }
}
