import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ApiRelease, apiLayout, apiRelease, ownFingerprint } from '../app/releases/layout.ts'
import { takenSince } from '../app/releases/contractions.ts'
import { pruneApis } from '../app/releases/stage.ts'
import { liveRelease, onDisk } from '../cdn/releases/layout.ts'
import type { Release } from '../cdn/releases/release.ts'
import { apisNamed, prune } from '../cdn/releases/prune.ts'
import { readText, writeAtomically } from '../../src/targets/local/files.ts'
import { supervisorPaths } from '../../src/targets/local/s6.ts'
import { type Opened } from '../../src/cli/open.ts'
import { siteOfInstance } from '../site.ts'

type Where = Pick<Opened, 'instance' | 'configuration'>

/**
 * The published API that is to run: that of the live web release, so that one link decides over both. Undefined where the
 * API of the configuration runs: none was published, or that one has changed since.
 */
export async function publishedApi({ instance, configuration }: Where): Promise<ApiRelease | undefined> {
  const { site } = siteOfInstance(instance, configuration)
  const id = (await liveRelease(site))?.api
  if (id === undefined || !runsApi({ configuration })) return undefined
  const [noted, own] = await Promise.all([
    readText(apiLayout(instance.state).own),
    ownFingerprint(instance.directory, configuration.site),
  ])
  return noted !== undefined && noted !== own ? undefined : apiRelease(instance.state, id)
}

/** Whether the API is a program that edge runs, and so one that can be released. */
export const runsApi = ({ configuration: { site } }: Pick<Opened, 'configuration'>): boolean =>
  site.api !== undefined && 'command' in site.api

/** Whether a replacement of the API's processes was begun, and its run was killed. */
export const isUnsettled = async ({ instance }: Pick<Opened, 'instance'>): Promise<boolean> =>
  (await readText(apiLayout(instance.state).unfinished)) !== undefined

/**
 * Writes down that from here on, until it is settled (ApiReleaser), a trial may run; or that the processes and the live
 * release may not belong together.
 */
export async function beginOnApi({ state }: Opened['instance'], work: 'trial' | 'replace'): Promise<void> {
  const { unfinished } = apiLayout(state)
  await mkdir(dirname(unfinished), { recursive: true, mode: 0o700 })
  // A replacement that was cut off is one until it is settled, whatever is tried out meanwhile.
  if ((await readText(unfinished)) !== 'replace') await writeAtomically(unfinished, work)
}

/** A published API stays until the configuration's own changes after this moment. */
export async function noteOwnApi({ instance, configuration }: Where): Promise<void> {
  await writeAtomically(apiLayout(instance.state).own, await ownFingerprint(instance.directory, configuration.site))
}

/** What was taken away of the schema that the API of a release may ask for, by its names. */
export const takenFrom = ({ instance, configuration }: Where, { api }: Pick<Release, 'api'>) =>
  takenSince(instance, configuration.site, api)

/** The option that says of these names that they are used no more, as a shell takes it: a function's name has brackets. */
export const contractOption = (names: readonly string[]): string =>
  `--contract ${names.map((name) => (/^[\w.]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`)).join(' ')}`

/** Deletes releases, and the APIs that only they name. Answers how many files of the web those were. */
export async function pruneBoth({ instance, configuration }: Where, gone: readonly Release[]): Promise<number> {
  const store = onDisk(siteOfInstance(instance, configuration).site)
  const files = gone.length === 0 ? 0 : await prune(store, gone)
  const named = await apisNamed(store)
  if (named) await pruneApis(instance.state, named, await runFiles(instance.state))
  return files
}

/** What each service of the instance does when it starts. */
async function runFiles(state: string): Promise<readonly string[]> {
  const { scan } = supervisorPaths(state)
  const names = await readdir(scan).catch((): string[] => [])
  const texts = await Promise.all(names.map((name) => readText(join(scan, name, 'run')).catch(() => undefined)))
  return texts.filter((text) => text !== undefined)
}
