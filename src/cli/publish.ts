import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readTree } from '../../infrastructure/cdn/releases/tree.ts'
import { expiredNow, prune } from '../../infrastructure/cdn/releases/prune.ts'
import { commitOf, operatorName } from '../../infrastructure/cdn/releases/origin.ts'
import { stage } from '../../infrastructure/cdn/releases/publish.ts'
import { switchTo } from '../../infrastructure/cdn/releases/go-live.ts'
import { liveRelease } from '../../infrastructure/cdn/releases/layout.ts'
import { unpack } from '../../infrastructure/cdn/releases/unpack.ts'
import { exit, OperatorError } from '../core/errors.ts'
import { type Bytes, show } from '../core/units.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { words } from './components.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting, textOption } from './session.ts'
import type { VerbRun } from './verbs.ts'

/** Makes a built folder, or a tar of one on standard input, the live site. */
export const publish: VerbRun = async (world, positional, options) => {
  const by = operatorName(world)
  const session = await openExisting(world, options)
  const { instance, configuration, composed } = session
  const [given = ''] = words(positional)
  if (given === '-' && world.stdinIsTTY) {
    throw new OperatorError('publish', 'standard input is a terminal', 'tar -C dist -c . | edge publish -', exit.usage)
  }
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const release = await lockInstance(instance.state, 'publish', world.now())
  const { site, edge } = composed.releases
  const { releases } = configuration.cdn
  try {
    const folder =
      given === '-'
        ? await screen.during(
            'unpack',
            () => unpack(join(instance.state, 'run')),
            (path) => path,
          )
        : resolve(world.cwd, given)
    const tree = await screen.during(
      'read',
      () => readTree(folder, releases),
      (files) => `${files.size} files, ${sizeOf([...files.values()])}`,
    )
    const commit = textOption(options, 'commit') ?? (given === '-' ? undefined : await commitOf(folder, world))
    const staged = await screen.during(
      'stage',
      (task) =>
        stage(folder, tree, site, { by, commit }, session.world, (done, of) => task.say(`${done} of ${of} files`)),
      ({ written }) => `${written.files} new, ${show(asBytes(written.bytes))}; compressed with brotli and gzip`,
    )
    if (given === '-') await rm(folder, { recursive: true, force: true })
    const flip = await screen.during(
      'go live',
      (task) =>
        switchTo(site, staged.release, { how: 'publish', by, at: world.now }, edge, {
          warming: (done, of) => task.say(`warming the caches: ${done} of ${of}`),
        }),
      ({ visibleMs, loads }) =>
        visibleMs === undefined
          ? 'nginx does not run: seen when it does'
          : `seen after ${visibleMs} ms; ${loads?.failed ?? 0} of ${loads?.pages ?? 0} pages failed meanwhile`,
    )
    const gone = await expiredNow(site, releases, world.now())
    if (gone.length > 0) {
      await screen.during(
        'prune',
        () => prune(site, gone),
        () => `${gone.map(({ id }) => id).join(', ')} (cdn.releases.keep, keepFor)`,
      )
    }
    const live = await liveRelease(site)
    if (json) {
      const { files: _, ...told } = staged.release
      const pruned = gone.map(({ id }) => id)
      world.stdout.write(`${JSON.stringify({ release: told, written: staged.written, flip, pruned }, undefined, 2)}\n`)
    } else {
      world.stdout.write(`\n  ${live?.id ?? ''} is live at ${composed.addresses.site}\n`)
      world.stdout.write(`  edge rollback brings ${flip.before ?? 'nothing'} back\n`)
    }
    return (flip.loads?.failed ?? 0) > 0 ? exit.failed : exit.ok
  } finally {
    screen.close()
    await release()
  }
}

const asBytes = (count: number): Bytes => ({ kind: 'bytes', bytes: count })
const sizeOf = (files: readonly { readonly size: number }[]): string =>
  show(asBytes(files.reduce((sum, { size }) => sum + size, 0)))
