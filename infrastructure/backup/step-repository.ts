import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pRetry from 'p-retry'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import type { Observation, Step } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import { type BackedUp, pgbackrest, pgbackrestNeed } from '../../src/engines/pgbackrest.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { idOf, type ResticRepository, restic, resticNeed } from '../../src/engines/restic.ts'
import { isOnServer, sshNeed } from '../../src/engines/sftp.ts'
import { isAsRendered, makePrivateDirectory, readText, writeAtomically } from '../../src/targets/local/files.ts'
import { areFiguresTold, tellFigures } from './figures.ts'
import { requireAbove } from './above.ts'
import { areMarked, markPlaces, requirePlaces } from './place.ts'
import { type Backups, markerTable, valueOf } from './backups.ts'
import { configurationOf } from './configuration.ts'
import { requireSameKey } from './key.ts'
import { takeOverReplaced } from './replaced.ts'
import { storageOf } from './storage.ts'
import type { Repository } from './which-repository.ts'

const repositories: readonly Repository[] = [1, 2]

/** The repositories, each encrypted and made once; the key's configuration; and the table of marker rows. */
export function repositoryStep(backups: Backups, after: readonly string[]): Step {
  const { paths, database } = backups
  const hasStanza = (repository: Repository, world: World): Promise<boolean> =>
    storageOf(paths.database, repository, world).has('database/archive/edge/archive.info')
  const haveStanza = (world: World) => Promise.all(repositories.map((repository) => hasStanza(repository, world)))
  const createStanza = (server: BackedUp, world: World) =>
    // What archives at that moment holds it up: for seconds, and in S3 for ten of them, with a moment until the next one.
    pRetry(() => pgbackrest(world, paths.database, 'stanza-create', { server }), {
      retries: 240,
      minTimeout: 500,
      factor: 1,
      shouldRetry: ({ error }) => !world.signal.aborted && messageOf(error).includes('another run is at work'),
    })
  const look = async (world: World): Promise<Observation> => {
    if (!(await isAsRendered(await configurationOf(paths)))) return { missing: 'pgbackrest.conf' }
    if ((await readText(paths.since)) === undefined) return { missing: 'when backups began' }
    const without = (await haveStanza(world)).indexOf(false)
    if (without !== -1) return { missing: `repository ${without + 1} of the database` }
    for (const [index, repository] of paths.files.entries())
      if (!(await isMade(repository, world))) return { missing: `repository ${index + 1} of the files` }
    if (!(await areMarked(backups, world))) return { missing: 'the mark of each repository' }
    if (!(await areFiguresTold(backups))) return { missing: 'the figures of the alarms' }
    const { app } = await database.leader()
    const table = await withClient(app, (client) =>
      valueOf(client, 'select to_regclass($1) as value', [markerTable]),
    ).catch(messageOf)
    return table === markerTable ? 'done' : { missing: 'the table of marker rows' }
  }
  // Where a server does not answer, there is something to do, and whoever does it is told why.
  const observe = (world: World): Promise<Observation> =>
    look(world).catch((error: unknown) => {
      const isAsked = paths.database.s3 ?? paths.files[1].sftp
      if (!isAsked || !(error instanceof OperatorError)) throw error
      return { missing: error.message }
    })
  return {
    kind: 'step',
    name: 'backup-repository',
    component: 'backup',
    title: 'vault',
    needs: [pgbackrestNeed, resticNeed, ...(paths.files[1].sftp ? [sshNeed] : [])],
    after,
    observe,
    ensure: async (world) => {
      await requireAbove(backups)
      await requireSameKey(paths.database, paths.files, join(backups.state, 'secrets', 'backup'))
      const configuration = await configurationOf(paths)
      const { lock, spool } = paths.database
      for (const folder of [dirname(configuration.path), lock, spool, paths.catalog, paths.work])
        await makePrivateDirectory(folder)
      await takeOverReplaced(paths.catalog)
      if (!(await isAsRendered(configuration))) await writeAtomically(configuration.path, configuration.content)
      await requirePlaces(backups, world)
      const folders = [...paths.database.repositories, ...paths.files.map(({ path }) => path)]
      for (const folder of folders.filter((place) => !isOnServer(place))) await makePrivateDirectory(folder)
      const { server, app } = await database.leader()
      // It refuses a repository that is damaged, and nothing else would be put right then.
      if ((await haveStanza(world)).includes(false)) await createStanza(server, world)
      const [first, second] = paths.files
      const made = await Promise.all(paths.files.map((repository) => isMade(repository, world)))
      const known = [first, second].find((_, index) => made[index])
      if (!made[0]) await (known ? initLike(known, first, world) : restic(world, first, ['init']))
      if (!made[1]) await initLike(first, second, world)
      await markPlaces(backups, world)
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

/** Throws OperatorError where nobody can say. */
async function isMade(repository: ResticRepository, world: World): Promise<boolean> {
  const { path } = repository
  if (!isOnServer(path)) return (await stat(`${path}/config`).catch(() => undefined)) !== undefined
  return (await idOf(repository, world)) !== undefined
}

/** With the other one's way to cut files into chunks: a copy then finds what is there already. */
async function initLike(first: ResticRepository, second: ResticRepository, world: World): Promise<void> {
  await restic(world, second, ['init', '--copy-chunker-params'], { from: first })
}
