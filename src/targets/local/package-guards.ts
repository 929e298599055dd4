import { mkdir, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { succeeded } from '../../core/succeeded.ts'
import type { World } from '../../core/world.ts'
import { readJson, writeAtomically } from './files.ts'
import { findProgram } from './programs.ts'

/**
 * What keeps packages from starting daemons and making clusters while they are installed:
 * - `policy-rc.d` answers 101: no maintainer script may start, restart or stop a service, those of the operator included;
 * - PostgreSQL's packages are told to make no cluster;
 * - the services that came new are disabled, so that the next boot starts none either.
 * All of it lasts for one transaction. A journal outlives kill -9: the next run ends what it finds begun.
 */
const mark = '# Written by edge for the time of one package installation; it removes this file again.'
const policy = `#!/bin/sh\n${mark}\nexit 101\n`
const noCluster = `${mark}\ncreate_main_cluster = false\n`

export type GuardPaths = ReturnType<typeof guardPaths>

/** Where the guards lie below a root folder; `/` but in tests. */
export function guardPaths(root = '/') {
  const at = (path: string): string => join(root, path)
  return {
    journal: at('var/lib/edge-packages/transaction.json'),
    policy: at('usr/sbin/policy-rc.d'),
    setAside: at('usr/sbin/policy-rc.d.before-edge'),
    noCluster: at('etc/postgresql-common/createcluster.d/zz-edge.conf'),
    units: [at('lib/systemd/system'), at('usr/lib/systemd/system'), at('etc/systemd/system')],
    initScripts: at('etc/init.d'),
    packageLists: at('var/lib/dpkg/info'),
  }
}

const journalSchema = z.object({ units: z.array(z.string()).readonly(), initScripts: z.array(z.string()).readonly() })
type Journal = Readonly<z.output<typeof journalSchema>>

/** Says whether an installation was cut off here. */
export async function wasInterrupted(paths: GuardPaths = guardPaths()): Promise<boolean> {
  return exists(paths.journal)
}

/** Runs `work` with the guards up and takes them down again, whatever becomes of it. One at a time on a machine. */
export async function guarded(
  world: World,
  work: (interruptedBefore: boolean) => Promise<void>,
  paths: GuardPaths = guardPaths(),
): Promise<void> {
  const turn = await takeTurn(world)
  try {
    const before = await readJson(paths.journal, journalSchema)
    const journal = before ?? (await services(paths))
    if (!before) await writeWhole(paths.journal, JSON.stringify(journal), 0o644)
    await raiseGuards(paths)
    try {
      await work(before !== undefined)
    } finally {
      await lowerGuards(paths)
      // Rejects after Ctrl-C; then the journal stays, and the next run does it.
      await disableNew(journal, paths, world)
      await removeJournal(paths)
    }
  } finally {
    turn.close()
  }
}

export async function raiseGuards(paths: GuardPaths): Promise<void> {
  await writeWhole(paths.noCluster, noCluster, 0o644)
  if ((await exists(paths.policy)) && !(await isOurs(paths.policy))) await rename(paths.policy, paths.setAside)
  await writeWhole(paths.policy, policy, 0o755)
}

export async function lowerGuards(paths: GuardPaths): Promise<void> {
  await rm(paths.noCluster, { force: true })
  // Where someone put a policy of his own in the meantime, his stays, and the older one beside it.
  if (await isOurs(paths.policy)) await rm(paths.policy)
  if ((await exists(paths.setAside)) && !(await exists(paths.policy))) await rename(paths.setAside, paths.policy)
}

async function removeJournal(paths: GuardPaths): Promise<void> {
  await rm(paths.journal, { force: true })
  await rmdir(dirname(paths.journal)).catch(() => undefined)
}

/** The services that came since the journal was written, but for the init system's own where that came only now. */
export async function newServices(before: Journal, paths: GuardPaths): Promise<Journal> {
  const [now, systems] = await Promise.all([services(paths), systemUnits(paths)])
  return {
    units: now.units.filter((name) => !before.units.includes(name) && !systems.has(name)),
    initScripts: now.initScripts.filter((name) => !before.initScripts.includes(name)),
  }
}

/** In a container systemd may come as somebody's dependency; without its gettys and the like no boot would be whole. */
async function systemUnits({ packageLists }: GuardPaths): Promise<ReadonlySet<string>> {
  const lists = (await list(packageLists)).filter((name) => /^(systemd|udev|dbus)[^/]*\.list$/.test(name))
  const texts = await Promise.all(lists.map((name) => readFile(join(packageLists, name), 'utf8')))
  return new Set(texts.flatMap((text) => text.split('\n')).map((path) => basename(path)))
}

async function disableNew(before: Journal, paths: GuardPaths, world: World): Promise<void> {
  const { units, initScripts } = await newServices(before, paths)
  for (const script of initScripts) await ifThere(world, ['update-rc.d', script, 'disable'])
  if (units.length === 0) return
  if (await findProgram('systemctl', world.env['PATH']))
    await ifThere(world, ['systemctl', 'disable', '--quiet', ...units])
  // Without systemd the packages set the links of a later boot all the same.
  else for (const unit of units) await ifThere(world, ['deb-systemd-helper', 'disable', unit])
}

async function ifThere(world: World, [program, ...args]: readonly [string, ...string[]]): Promise<void> {
  const path = await findProgram(program, world.env['PATH'])
  if (path !== undefined) await world.run([path, ...args])
}

async function services(paths: GuardPaths): Promise<Journal> {
  const names = (await Promise.all(paths.units.map(list))).flat()
  const units = names.filter((name) => /\.(service|timer|socket|path)$/.test(name))
  return { units: [...new Set(units)].toSorted(), initScripts: await list(paths.initScripts) }
}

/** The kernel gives this name to one process at a time and takes it back when that process ends, however it ends. */
async function takeTurn(world: World): Promise<Server> {
  for (;;) {
    const server = createServer()
    const taken = await new Promise<boolean>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(false)
        else reject(error)
      })
      server.listen('\0edge-packages', () => resolve(true))
    })
    if (taken) return server
    await world.sleep(200)
  }
}

async function writeWhole(path: string, content: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  await writeAtomically(path, content, mode)
}

async function isOurs(path: string): Promise<boolean> {
  return (await readFile(path, 'utf8').catch(() => '')).includes(mark)
}

const exists = (path: string): Promise<boolean> => succeeded(stat(path))

async function list(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).toSorted()
}
