import { join } from 'node:path'
import type { Facts } from '../../src/core/check.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { shortened } from '../../src/core/shortened.ts'
import type { World } from '../../src/core/world.ts'
import { dayMs } from '../../src/core/units.ts'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import type { Say } from './backups.ts'
import { patience } from './patience.ts'
import { progressOf } from './progress.ts'
import type { RestoredCopy, RestoredServer } from './restored-server.ts'

const damaged = (what: string): OperatorError =>
  new OperatorError('backup', what, ['docs/runbooks/backup-failed.md; an earlier backup: edge backup list'])

type Tell = (share: number, bytes: number) => void

/** Both say each second how far they are, the one in pages of 8 kB, the other in MB. */
export const pagesOf =
  (tell: Tell) =>
  (line: string): void => {
    const [, done, all] = /(\d+)\/(\d+) pages \(/.exec(line) ?? []
    if (all !== undefined && all !== '0') tell(Number(done) / Number(all), Number(all) * 8192)
  }
export const megabytesOf =
  (tell: Tell) =>
  (line: string): void => {
    const [, done, all] = /(\d+)\/(\d+) MB \(/.exec(line) ?? []
    if (all !== undefined && all !== '0') tell(Number(done) / Number(all), Number(all) * 1024 ** 2)
  }

/** What went wrong, among lines that say how far it was. */
const withoutProgress = (said: string): string =>
  said
    .split(/[\r\n]+/)
    .filter((line) => !/\d+\/\d+ MB \(\d+%\)/.test(line))
    .join('\n')

type How = {
  readonly say?: Say
  /** Also whether each level of an index fits the one above it. */
  readonly isDeep?: boolean
}

/**
 * Whether a restored copy is sound inside: every table and index against each other (pg_amcheck), then, with the server
 * stopped, every page against its checksum. Throws OperatorError where it is not, or where nothing was looked at.
 */
export async function examine(
  copy: RestoredCopy,
  server: RestoredServer,
  world: World,
  stop: () => Promise<void>,
  { say = () => undefined, isDeep = false }: How = {},
): Promise<Facts> {
  const words = ['--all', '--install-missing', '--heapallindexed', '--jobs=2', '--verbose', '--no-password']
  const deep = isDeep ? ['--parent-check'] : []
  const checked = await world.run(
    [
      join(postgresPrograms, 'pg_amcheck'),
      `--host=${server.socket}`,
      `--port=${server.port}`,
      '--username=postgres',
      ...words,
      ...deep,
      '--progress',
    ],
    {
      timeoutMs: dayMs,
      env: { LC_ALL: 'C', PGOPTIONS: patience },
      onLine: pagesOf(progressOf(say, 'pg_amcheck')),
    },
  )
  const said = `${checked.stdout}\n${checked.stderr}`
  const objects = said.split('\n').filter((line) => /checking (heap table|btree index)/.test(line)).length
  if (checked.code !== 0) throw damaged(`pg_amcheck: ${shortened(checked.stdout) || shortened(checked.stderr)}`)
  if (objects === 0) throw damaged('pg_amcheck looked at nothing')
  await stop()
  const sums = await world.run([join(postgresPrograms, 'pg_checksums'), '--check', '--progress', '-D', copy.data], {
    timeoutMs: dayMs,
    env: { LC_ALL: 'C' },
    onLine: megabytesOf(progressOf(say, 'pg_checksums')),
  })
  const pages = Number(/Blocks scanned: +(\d+)/.exec(sums.stdout)?.[1] ?? 0)
  if (sums.code !== 0)
    throw damaged(`pg_checksums: ${shortened(withoutProgress(sums.stderr)) || shortened(sums.stdout)}`)
  if (pages === 0) throw damaged('pg_checksums looked at no page')
  return { objects, pages }
}
