import { realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { readProgram } from '../app/releases/program.ts'
import { stageApi, type StagedApi } from '../app/releases/stage.ts'
import { flips, listReleases, liveRelease, onDisk } from '../cdn/releases/layout.ts'
import { type Release, releaseBefore } from '../cdn/releases/release.ts'
import { leftOutOf, readTree } from '../cdn/releases/tree.ts'
import { commitOf, operatorName } from '../cdn/releases/origin.ts'
import { publish as publishTree } from '../cdn/releases/publish.ts'
import { removeUnpacked } from '../cdn/releases/unpack.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import { textOption, words } from '../../src/core/options.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import { openInstance, type Opened } from '../../src/cli/open.ts'
import { siteOfInstance } from '../site.ts'
import { foldersOf, type PublishInput, publishInput } from './publish-input.ts'
import { isUnsettled, noteOwnApi, pruneBoth, runsApi, takenFrom } from './published-api.ts'
import { pruneExpired } from './releases.ts'
import { releaserOf } from './releaser.ts'
import { type Made, newOnes, publishedLine, sizeOf, tell } from './tell-published.ts'
import type { VerbRun } from '../../src/core/verb.ts'

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
  const prune = (gone: readonly Release[]) => pruneBoth(opened, gone)
  const pruned = await pruneExpired({ store: onDisk(site), retention: releases, prune }, screen, world)
  if (pruned.length === 0 && api) await prune([])
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
      if (await isBelow(instance.state, folder)) {
        const hint = 'the folder of the program alone: copy it out, or build it into one'
        throw new OperatorError('--api', `${folder} holds the state of this instance`, hint, exit.usage)
      }
      const program = await readProgram(folder)
      return stageApi(folder, program, instance.state, liveId, world, (done, of) => task.say(`${done} of ${of} files`))
    },
    ({ release, written }) => `${release.id}: ${newOnes(written)}`,
  )
}

/** Wherever links lead on the way; what is not there is nowhere. */
async function isBelow(path: string, folder: string): Promise<boolean> {
  const [real, above] = await Promise.all([path, folder].map((one) => realpath(one).catch(() => undefined)))
  return real !== undefined && above !== undefined && !relative(above, real).startsWith('..')
}
