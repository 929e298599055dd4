import { join } from 'node:path'
import type { Facts } from '../../src/core/check.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { shortened } from '../../src/core/shortened.ts'
import type { World } from '../../src/core/world.ts'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import type { RestoredCopy, RestoredServer } from './restored-server.ts'

const dayMs = 24 * 3_600_000
const damaged = (what: string): OperatorError =>
  new OperatorError('backup', what, ['docs/runbooks/backup-failed.md; an earlier backup: edge backup list'])

/**
 * Whether a restored copy is sound inside: every table and index against each other (pg_amcheck), then, with the server
 * stopped, every page against its checksum. Throws OperatorError where it is not, or where nothing was looked at.
 */
export async function examine(
  copy: RestoredCopy,
  server: RestoredServer,
  world: World,
  stop: () => Promise<void>,
): Promise<Facts> {
  const words = ['--all', '--install-missing', '--heapallindexed', '--jobs=2', '--verbose', '--no-password']
  const checked = await world.run(
    [
      join(postgresPrograms, 'pg_amcheck'),
      `--host=${server.socket}`,
      `--port=${server.port}`,
      '--username=postgres',
      ...words,
    ],
    { timeoutMs: dayMs, env: { LC_ALL: 'C' } },
  )
  const said = `${checked.stdout}\n${checked.stderr}`
  const objects = said.split('\n').filter((line) => /checking (heap table|btree index)/.test(line)).length
  if (checked.code !== 0) throw damaged(`pg_amcheck: ${shortened(checked.stdout) || shortened(checked.stderr)}`)
  if (objects === 0) throw damaged('pg_amcheck looked at nothing')
  await stop()
  const sums = await world.run([join(postgresPrograms, 'pg_checksums'), '--check', '-D', copy.data], {
    timeoutMs: dayMs,
    env: { LC_ALL: 'C' },
  })
  const pages = Number(/Blocks scanned: +(\d+)/.exec(sums.stdout)?.[1] ?? 0)
  if (sums.code !== 0) throw damaged(`pg_checksums: ${shortened(sums.stderr) || shortened(sums.stdout)}`)
  if (pages === 0) throw damaged('pg_checksums looked at no page')
  return { objects, pages }
}
