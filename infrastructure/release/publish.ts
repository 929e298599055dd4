import { join, relative } from 'node:path'
import { isClean, type Replacement } from '../app/replacements.ts'
import { readProgram } from '../app/releases/program.ts'
import { stageApi, type StagedApi } from '../app/releases/stage.ts'
import { flips, listReleases, liveRelease } from '../cdn/releases/layout.ts'
import { releaseBefore } from '../cdn/releases/release.ts'
import { leftOutOf, readTree } from '../cdn/releases/tree.ts'
import { expiredNow } from '../cdn/releases/prune.ts'
import { plainName } from '../cdn/releases/compress.ts'
import { commitOf, operatorName } from '../cdn/releases/origin.ts'
import { publish as publishTree, type Published } from '../cdn/releases/publish.ts'
import { removeUnpacked } from '../cdn/releases/unpack.ts'
import { isReachable } from '../cdn/routing.ts'
import { exit, type ExitCode, OperatorError } from '../../src/core/errors.ts'
import { type Bytes, show } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import { harmOf } from './replacing.ts'
import { textOption, words } from '../../src/core/options.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import { openInstance, type Opened } from '../../src/cli/open.ts'
import { siteOfInstance } from '../site.ts'
import { foldersOf, type PublishInput, publishInput } from './publish-input.ts'
import { contractOption, isUnsettled, noteOwnApi, pruneBoth, runsApi, takenFrom } from './published-api.ts'
import { releaserOf } from './releaser.ts'
import type { VerbRun } from '../../src/core/verb.ts'

type Made = {
  readonly published: Published
  readonly api: StagedApi | undefined
  /** What the replacement of the API's processes did to requests, where there was one. */
  readonly replaced: Replacement | undefined
  /** What was taken away of the schema that the release before may ask for. */
  readonly taken: readonly string[]
  readonly pruned: readonly string[]
  /** Where a rollback leads from here; a damaged release that the same content took the place of is gone by now. */
  readonly before: string | undefined
}

/** Makes a built folder, or a tar of one on standard input, the live site; and the API that belongs to it, if one is given. */
export const publish: VerbRun = async (world, positional, options) => {
  if (options['target'] === 'aws') return (await import('./publish-on-aws.ts')).publishOnAws(world, positional, options)
  const input = publishInput(world, positional, options)
  const by = operatorName(world)
  const opened = await openInstance(world, options)
  if (input.api !== undefined) requireApi(opened)
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const release = await lockInstance(opened.instance.state, 'publish', world.now())
  const incoming = join(opened.instance.state, 'run', 'incoming')
  try {
    const made = await make({ opened, input, incoming, cwd: world.cwd, by, options, screen })
    return tell(made, siteOfInstance(opened.instance, opened.configuration).https, world, json)
  } finally {
    screen.close()
    try {
      // Also what a run left that was killed: it may be large.
      await removeUnpacked(incoming)
    } finally {
      await release()
    }
  }
}

type Task = {
  readonly opened: Opened
  readonly input: PublishInput
  readonly incoming: string
  /** Where the operator stands: the instance's own world stands in the clone. */
  readonly cwd: string
  readonly by: string
  readonly options: Readonly<Record<string, unknown>>
  readonly screen: ProgressScreen
}

async function make({ opened, input, incoming, cwd, by, options, screen }: Task): Promise<Made> {
  const { instance, configuration, world } = opened
  const { site, edge } = siteOfInstance(instance, configuration)
  const { releases } = configuration.cdn
  const releaser =
    input.api !== undefined || (await isUnsettled(opened)) ? await releaserOf(opened, screen, 'publish') : undefined
  // With another API at hand, one that cannot be put back must not stand in its way.
  if (input.api === undefined) await releaser?.settle()
  else await releaser?.requireRunning()
  const unpacked = () => foldersOf(input, incoming, { ...world, cwd })
  const folders = input.isTar ? await screen.during('unpack', unpacked, () => incoming) : await unpacked()
  const tree = await screen.during(
    'read',
    () => readTree(folders.web, releases),
    (files) => `${files.size} files, ${sizeOf([...files.values()])}${leftOutOf(files)}`,
  )
  const live = await liveRelease(site)
  const api = folders.api === undefined ? undefined : await takeApi(folders.api, live?.api, opened, screen)
  const commit = textOption(options, 'commit') ?? (input.isTar ? undefined : await commitOf(folders.web, world))
  const beforeLive = async (): Promise<void> => {
    if (!api || !releaser) return
    if (api.release.id !== live?.api) await releaser.bring(api.release, words(options['contract']))
    await noteOwnApi(opened)
  }
  const { hashedFolders } = configuration.cdn.cache
  const origin = { by, commit, api: api?.release.id ?? live?.api, hashedFolders }
  const steps = (say: (text: string) => void) => ({
    staging: (done: number, of: number) => say(`${done} of ${of} files`),
    warming: (done: number, of: number) => say(`warming the caches: ${done} of ${of}`),
    beforeLive,
  })
  const publishNow = () =>
    screen.during(
      'publish',
      (task) => publishTree({ folder: folders.web, tree }, site, origin, world, edge, steps(task.say)),
      publishedLine,
    )
  const published = await publishNow().catch(async (error: unknown) => {
    // After Ctrl-C nothing can be run any more: the next command puts the processes back.
    if (!world.signal.aborted) await releaser?.settle()
    await releaser?.outcome()
    throw error
  })
  // A release that is live already is wanted again, whatever the configuration's own API has become since.
  if (published.is === 'unchanged') await beforeLive()
  await releaser?.wentLive()
  const replaced = await releaser?.outcome()
  const gone = await expiredNow(site, releases, world.now())
  const pruned = gone.map(({ id }) => id)
  const prune = () => pruneBoth(opened, gone)
  if (gone.length === 0 && api) await prune()
  if (gone.length > 0) await screen.during('prune', prune, () => `${pruned.join(', ')} (cdn.releases.keep, keepFor)`)
  const taken = live && live.api !== published.release.api ? await takenFrom(opened, live) : []
  const before =
    published.is === 'live'
      ? releaseBefore(await listReleases(site), published.release, await flips(site))?.id
      : undefined
  return { published, api, replaced, taken, pruned, before }
}

/** An API can be released where edge runs it. Throws OperatorError (exit 2) where it does not. */
function requireApi({ configuration }: Opened): void {
  if (runsApi({ configuration })) return
  const { api } = configuration.site
  const what = api ? 'this API runs elsewhere (site.api.url), and is released there' : 'this site has no API (site.api)'
  throw new OperatorError('--api', what, 'site.api.command says how one is started that edge runs', exit.usage)
}

/** Looks at the API's folder and puts it beside the live one. Throws OperatorError for what cannot be released. */
async function takeApi(
  folder: string,
  liveId: string | undefined,
  { instance, world }: Opened,
  screen: ProgressScreen,
): Promise<StagedApi> {
  return screen.during(
    'API',
    async (task) => {
      if (isBelow(instance.state, folder)) {
        const hint = 'the folder of the program alone: copy it out, or build it into one'
        throw new OperatorError('--api', `${folder} holds the state of this instance`, hint, exit.usage)
      }
      const program = await readProgram(folder)
      return stageApi(folder, program, instance.state, liveId, world, (done, of) => task.say(`${done} of ${of} files`))
    },
    ({ release, written }) => `${release.id}: ${written.files} new, ${show(asBytes(written.bytes))}`,
  )
}

const isBelow = (path: string, folder: string): boolean => !relative(folder, path).startsWith('..')

function tell(
  { published, api, replaced, taken, pruned, before }: Made,
  https: string,
  world: World,
  json: boolean,
): ExitCode {
  const { files, ...manifest } = published.release
  const failed =
    (published.is === 'live' && (published.flip.loads?.failed ?? 0) > 0) ||
    (replaced !== undefined && !isClean(replaced))
  if (json) {
    const staged = api ? { api: { id: api.release.id, written: api.written } } : {}
    const said = {
      ...published,
      release: manifest,
      ...staged,
      ...(replaced ? { replaced } : {}),
      ...(taken.length > 0 ? { taken } : {}),
      pruned,
    }
    world.stdout.write(`${JSON.stringify(said, undefined, 2)}\n`)
    return failed ? exit.failed : exit.ok
  }
  const withApi = manifest.api === undefined ? '' : `, with API ${manifest.api}`
  world.stdout.write(`\n  ${manifest.id} is live at ${https}${withApi}\n`)
  for (const line of harmOf(replaced)) world.stdout.write(`  ${line}\n`)
  if (published.is === 'unchanged' && published.nginxRuns === false)
    world.stdout.write('  not served yet: nginx is down; edge up starts it\n')
  const unreachable = Object.keys(files).filter((name) => plainName(name) === name && !isReachable(name))
  if (unreachable.length > 0) {
    const others = unreachable.length === 1 ? '' : ` and ${unreachable.length - 1} more`
    world.stdout.write(`  nobody can ask for ${unreachable[0]}${others}: paths below /api are the API's\n`)
  }
  if (before !== undefined) {
    const over = `edge rollback refuses ${before}, whose API may use what was taken away; if it does not:`
    world.stdout.write(
      taken.length > 0
        ? `  ${over}\n  edge rollback ${before} ${contractOption(taken)}\n`
        : `  edge rollback brings ${before} back\n`,
    )
  }
  return failed ? exit.failed : exit.ok
}

function publishedLine(published: Published): string {
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
