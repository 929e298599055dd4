import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../../src/core/errors.ts'
import type { Observation, Step } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import { pgbackrest, pgbackrestConfiguration, pgbackrestNeed } from '../../src/engines/pgbackrest.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { type ResticRepository, restic, resticNeed } from '../../src/engines/restic.ts'
import { isAsRendered, makePrivateDirectory, readText, writeAtomically } from '../../src/targets/local/files.ts'
import { areFiguresTold, tellFigures } from './figures.ts'
import { requireAbove } from './above.ts'
import { areMarked, markPlaces, requirePlaces } from './place.ts'
import { type Backups, markerTable, valueOf } from './backups.ts'
import { requireSameKey } from './key.ts'

/** The repositories, each encrypted and made once; the key's configuration; and the table of marker rows. */
export function repositoryStep(backups: Backups, after: readonly string[]): Step {
  const { paths, database } = backups
  const [{ key }] = paths.files
  const configuration = { path: paths.database.configuration, content: pgbackrestConfiguration(paths.database, key) }
  const observe = async (): Promise<Observation> => {
    if (!(await isAsRendered(configuration))) return { missing: 'pgbackrest.conf' }
    if ((await readText(paths.since)) === undefined) return { missing: 'when backups began' }
    for (const [index, path] of paths.database.repositories.entries())
      if (!(await hasStanza(path))) return { missing: `repository ${index + 1} of the database` }
    for (const [index, repository] of paths.files.entries())
      if (!(await isMade(repository))) return { missing: `repository ${index + 1} of the files` }
    if (!(await areMarked(backups))) return { missing: 'the mark of each repository' }
    if (!(await areFiguresTold(backups))) return { missing: 'the figures of the alarms' }
    const { app } = await database.leader()
    const table = await withClient(app, (client) =>
      valueOf(client, 'select to_regclass($1) as value', [markerTable]),
    ).catch(messageOf)
    return table === markerTable ? 'done' : { missing: 'the table of marker rows' }
  }
  return {
    kind: 'step',
    name: 'backup-repository',
    component: 'backup',
    title: 'vault',
    needs: [pgbackrestNeed, resticNeed],
    after,
    observe,
    ensure: async (world) => {
      await requireAbove(backups)
      await requirePlaces(backups)
      await requireSameKey(paths.database, paths.files, join(backups.state, 'secrets', 'backup'))
      const folders = [...paths.database.repositories, ...paths.files.map(({ path }) => path)]
      for (const folder of [
        dirname(configuration.path),
        paths.database.lock,
        paths.database.spool,
        paths.catalog,
        paths.work,
        ...folders,
      ])
        await makePrivateDirectory(folder)
      if (!(await isAsRendered(configuration))) await writeAtomically(configuration.path, configuration.content)
      const { server, app } = await database.leader()
      // It refuses a repository that is damaged, and nothing else would be put right then.
      const have = await Promise.all(paths.database.repositories.map(hasStanza))
      if (!have.every(Boolean)) await pgbackrest(world, paths.database, 'stanza-create', { server })
      const [first, second] = paths.files
      const made = await Promise.all(paths.files.map(isMade))
      const known = [first, second].find((_, index) => made[index])
      if (!made[0]) await (known ? initLike(known, first, world) : restic(world, first, ['init']))
      if (!made[1]) await initLike(first, second, world)
      await markPlaces(backups)
      await withClient(app, (client) => client.query(markerStatements))
      if ((await readText(paths.since)) === undefined)
        await writeAtomically(paths.since, `${world.now().toISOString()}\n`)
      await tellFigures(backups)
    },
    detail: async () => paths.database.repositories.map((path) => dirname(path)).join(', '),
  }
}

/** In the database of the app, owned by edge itself; `pg_switch_wal`: archiving that failed before goes on at once. */
const markerStatements = `create table if not exists ${markerTable} (id uuid primary key, at timestamptz not null default now());
  alter table ${markerTable} owner to edge;
  select pg_switch_wal()`

const hasStanza = async (path: string): Promise<boolean> =>
  (await stat(`${path}/archive/edge/archive.info`).catch(() => undefined)) !== undefined

const isMade = async ({ path }: ResticRepository): Promise<boolean> =>
  (await stat(`${path}/config`).catch(() => undefined)) !== undefined

/** With the other one's way to cut files into chunks: a copy then finds what is there already. */
async function initLike(first: ResticRepository, second: ResticRepository, world: World): Promise<void> {
  const keyed: Pick<World, 'run'> = {
    run: (command, options) =>
      world.run(command, { ...options, env: { ...options?.env, RESTIC_FROM_PASSWORD: first.key } }),
  }
  await restic(keyed, second, ['init', '--from-repo', first.path, '--copy-chunker-params'])
}
