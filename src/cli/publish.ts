import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readTree } from '../../infrastructure/cdn/releases/tree.ts'
import { expiredNow, prune } from '../../infrastructure/cdn/releases/prune.ts'
import { commitOf, operatorName } from '../../infrastructure/cdn/releases/origin.ts'
import { publish as publishTree, type Published } from '../../infrastructure/cdn/releases/publish.ts'
import { unpack } from '../../infrastructure/cdn/releases/unpack.ts'
import { exit, OperatorError } from '../core/errors.ts'
import { type Bytes, show } from '../core/units.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { words } from './components.ts'
import { ProgressScreen } from './screen/progress.ts'
import { siteOfInstance, openInstance, textOption } from './open.ts'
import type { VerbRun } from './verbs.ts'

/** Makes a built folder, or a tar of one on standard input, the live site. */
export const publish: VerbRun = async (world, positional, options) => {
  const by = operatorName(world)
  const opened = await openInstance(world, options)
  const { instance, configuration } = opened
  const [given = ''] = words(positional)
  if (given === '-' && world.stdinIsTTY) {
    throw new OperatorError('publish', 'standard input is a terminal', 'tar -C dist -c . | edge publish -', exit.usage)
  }
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const release = await lockInstance(instance.state, 'publish', world.now())
  const { https, site, edge } = siteOfInstance(instance, configuration)
  const { releases, cache } = configuration.cdn
  try {
    const folder =
      given === '-'
        ? await screen.during(
            'unpack',
            () => unpack(incoming(instance.state)),
            (path) => path,
          )
        : resolve(world.cwd, given)
    const tree = await screen.during(
      'read',
      () => readTree(folder, releases),
      (files) => `${files.size} files, ${sizeOf([...files.values()])}`,
    )
    const commit = textOption(options, 'commit') ?? (given === '-' ? undefined : await commitOf(folder, world))
    const published = await screen.during(
      'publish',
      (task) =>
        publishTree({ folder, tree }, site, { by, commit, hashedFolders: cache.hashedFolders }, opened.world, edge, {
          staging: (done, of) => task.say(`${done} of ${of} files`),
          warming: (done, of) => task.say(`warming the caches: ${done} of ${of}`),
        }),
      told,
    )
    const gone = await expiredNow(site, releases, world.now())
    if (gone.length > 0) {
      await screen.during(
        'prune',
        () => prune(site, gone),
        () => `${gone.map(({ id }) => id).join(', ')} (cdn.releases.keep, keepFor)`,
      )
    }
    const { files: _, ...manifest } = published.release
    if (json) {
      const pruned = gone.map(({ id }) => id)
      world.stdout.write(`${JSON.stringify({ ...published, release: manifest, pruned }, undefined, 2)}\n`)
      return published.is === 'live' && (published.flip.loads?.failed ?? 0) > 0 ? exit.failed : exit.ok
    }
    world.stdout.write(`\n  ${manifest.id} is live at ${https}\n`)
    if (published.is === 'unchanged') return exit.ok
    if (published.flip.before !== null) world.stdout.write(`  edge rollback brings ${published.flip.before} back\n`)
    return (published.flip.loads?.failed ?? 0) > 0 ? exit.failed : exit.ok
  } finally {
    screen.close()
    if (given === '-') await rm(incoming(instance.state), { recursive: true, force: true })
    await release()
  }
}

/** Where a tar of standard input is unpacked. */
const incoming = (state: string): string => join(state, 'run', 'incoming')

function told(published: Published): string {
  if (published.is === 'unchanged') return 'nothing changed: this is live already'
  const { written, flip } = published
  const seen =
    flip.visibleMs === undefined
      ? 'nginx does not run: seen when it does'
      : `seen after ${flip.visibleMs} ms, ${flip.loads?.failed ?? 0} of ${flip.loads?.pages ?? 0} pages failed`
  return `${written.files} new, ${show(asBytes(written.bytes))}; ${seen}`
}

const asBytes = (count: number): Bytes => ({ kind: 'bytes', bytes: count })
const sizeOf = (files: readonly { readonly size: number }[]): string =>
  show(asBytes(files.reduce((sum, { size }) => sum + size, 0)))
