import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { valueOf, type Backups, type Say } from './backups.ts'
import type { Fingerprint } from './catalog.ts'
import { allFingerprints } from './fingerprints.ts'
import { intoFresh } from './into-fresh.ts'
import { type Shape, shapeOf, tablesOf } from './replace-state.ts'
import { withDatabaseAt } from './restore.ts'
import type { Repository } from './which-repository.ts'

export type RestoredState = {
  readonly file: string
  readonly to: string
  readonly tables: number
  /** What was in them, and each of their columns. */
  readonly found: Readonly<Record<string, Fingerprint>>
  readonly shape: Shape
  readonly next: readonly string[]
}

/** Recovers the database to a moment in a folder of its own, and takes the schema of the application's state out of it. */
export async function restoreState(
  backups: Backups,
  { to, folder, from }: { readonly to: Date; readonly folder: string; readonly from: Repository },
  world: World,
  say: Say,
): Promise<RestoredState> {
  const { schema } = backups.settings.applicationState
  const work = join(folder, 'recovered')
  const file = join(folder, `${schema}.dump`)
  const found = await intoFresh(folder, world, () =>
    withDatabaseAt(backups, { to, folder: work, from }, world, say, async ({ client, server }) => {
      const tables = await valueOf(client, 'select count(*) as value from pg_tables where schemaname = $1', [schema])
      if (tables === '0')
        throw new OperatorError(
          'state',
          `there was no schema ${schema} at that time`,
          'backup.applicationState.schema names it',
        )
      const where = [`--host=${server.socket}`, `--port=${server.port}`, '--username=postgres', '--dbname=app']
      const ran = await world.run(['pg_dump', ...where, `--schema=${schema}`, '--format=custom', `--file=${file}`], {
        timeoutMs: 24 * 3_600_000,
      })
      if (ran.code !== 0)
        throw new OperatorError('state', `could not be exported: ${ran.stderr.trim()}`, 'is the disk full?')
      const all = tablesOf(await allFingerprints(client), schema)
      return { tables: Number(tables), found: all, shape: await shapeOf(client, schema) }
    }),
  )
  await rm(work, { recursive: true, force: true })
  return {
    file,
    to: found.to,
    ...found.result,
    next: [...found.short, `${file} holds it: pg_restore --list shows what is in it`],
  }
}
