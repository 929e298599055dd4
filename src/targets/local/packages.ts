import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { exit, OperatorError } from '../../core/errors.ts'
import type { UnixUser } from '../../core/instance.ts'
import type { PackageNeed } from '../../core/plan.ts'
import type { World } from '../../core/world.ts'
import { aptInstall, finishInterrupted, installedPackages, type Preview, preview, spaceOf } from './apt.ts'
import { guarded, wasInterrupted } from './package-guards.ts'
import { findUser } from './privileges.ts'
import { compareVersions, type Found, survey } from './programs.ts'
import type { SpaceNeed } from './space.ts'

/** `say`: what is being done just now; `line`: what should stay to be read. */
export type PackageProgress = { readonly say: (text: string) => void; readonly line: (text: string) => void }

const project = resolve(import.meta.dirname, '../../..')
/** Where the programs' versions are remembered. */
export const versionsFile = resolve(project, '.tools/versions.json')

/**
 * Sees to it that each program is there in a version that is known to work: looks, and installs what is missing in one
 * transaction of apt, which starts no daemon and makes no cluster. With everything there no package manager is called.
 * Answers a summary: `14 of 14 there`. Throws OperatorError where something is missing and this is not root, where a
 * version is too old, and with apt's own words where apt refuses. `asRoot`: the verb that does only this, as root.
 */
export async function installPackages(
  needs: readonly PackageNeed[],
  world: World,
  progress: PackageProgress,
  asRoot = 'prepare',
): Promise<string> {
  if (world.uid === 0 && (await wasInterrupted())) await guarded(world, () => finishInterrupted(world, progress.say))
  const found = await survey(needs, world, versionsFile)
  const missing = missingPackages(found, await installedNow())
  if (missing.length > 0) {
    requireVersions(found)
    if (world.uid !== 0) throw needsRoot(missing, asRoot)
    await guarded(world, (interruptedBefore) => installMissing(needs, world, progress, interruptedBefore))
  }
  const all = missing.length === 0 ? found : await survey(needs, world, versionsFile)
  requireAll(all)
  const came = missing.length === 0 ? '' : `, ${missing.length} installed`
  return `${all.length} of ${all.length} there${came}`
}

/** Looks again first: another run may have installed something while this one waited for its turn. */
async function installMissing(
  needs: readonly PackageNeed[],
  world: World,
  progress: PackageProgress,
  interruptedBefore: boolean,
): Promise<void> {
  if (interruptedBefore) await finishInterrupted(world, progress.say)
  const missing = missingPackages(await survey(needs, world, versionsFile), await installedNow())
  if (missing.length === 0) return
  for (const line of describe(missing, await preview(missing, world, progress.say))) progress.line(line)
  await aptInstall(missing, world, progress.say)
}

/** What `installPackages` is going to take on the disk. */
export async function spaceForPackages(needs: readonly PackageNeed[], world: World): Promise<readonly SpaceNeed[]> {
  // Most of it lies on the disk already then, and how much apt cannot tell.
  if (await wasInterrupted()) return []
  return spaceForMissing(missingPackages(await survey(needs, world, versionsFile), await installedNow()), world)
}

/** What packages that are not there take on the disk, by apt's own figures. */
export async function spaceForMissing(missing: readonly string[], world: World): Promise<readonly SpaceNeed[]> {
  if (missing.length === 0) return []
  const { unpacked, fetched } = await spaceOf(missing, world)
  return [
    { path: '/usr', size: unpacked, what: 'packages' },
    { path: '/var/cache/apt', size: fetched, what: 'their archives' },
  ]
}

/** The version of one program that is there; undefined where it is missing or does not say. */
export async function versionOf(need: PackageNeed, world: World): Promise<string | undefined> {
  const [found] = await survey([need], world, versionsFile)
  return found?.version
}

/**
 * Names of the packages that have to come, sorted. An operator's own build, outside the distribution's folders, needs none;
 * wheels stand on theirs.
 */
export function missingPackages(found: readonly Found[], installed: ReadonlySet<string>): readonly string[] {
  const needed = found.filter(({ need, path }) => need.wheels || path === undefined || isOfDistribution(path))
  const missing = needed.flatMap(({ need }) => need.packages).filter((name) => !installed.has(name))
  return [...new Set(missing)].toSorted()
}

function isOfDistribution(path: string): boolean {
  return /^\/(usr\/)?(s?bin|lib)\//.test(path)
}

/** What is about to happen, in lines for the operator. */
export function describe(wanted: readonly string[], plan: Preview): readonly string[] {
  const others = plan.added.filter((name) => !wanted.includes(name)).length
  const rest = others === 0 ? '' : ` and ${others} that they need`
  const upgraded = plan.upgraded.length === 0 ? [] : [`  upgrades: ${plan.upgraded.join(' ')}`]
  return [
    `  installing ${wanted.length} ${wanted.length === 1 ? 'package' : 'packages'}${rest} with apt: ${plan.download} to fetch, ${plan.disk} on disk`,
    `  ${wanted.join(' ')}`,
    ...upgraded,
    '  no daemon is started and no cluster made by them; what runs already is left alone',
  ]
}

function requireAll(found: readonly Found[]): void {
  for (const { need, path } of found) {
    // Wheels come after the packages.
    if (path !== undefined || need.wheels) continue
    const packages = need.packages.join(' ')
    throw new OperatorError(
      need.binary,
      `is missing, though its package is installed (${packages})`,
      `sudo apt-get install --reinstall ${packages}`,
      exit.usage,
    )
  }
  requireVersions(found)
}

/** Throws OperatorError that names each program whose version is too old or cannot be read. */
export function requireVersions(found: readonly Found[]): void {
  const wrong = found.flatMap(({ need, path, version }) => {
    const known = need.version
    if (path === undefined || !known) return []
    const right = version !== undefined && compareVersions(version, known.atLeast) >= 0
    return right ? [] : [{ need: { ...need, version: known }, path, version }]
  })
  const [first] = wrong
  if (first === undefined) return
  const words = wrong.map(({ need, path, version }) => {
    const args = need.version.args.join(' ')
    const seen = version === undefined ? `does not say its version (${path} ${args})` : `is ${version} (${path})`
    return `${need.binary} ${seen}; ${need.version.atLeast} or newer is needed`
  })
  const outside = wrong.find(({ path }) => !isOfDistribution(path))
  const hint = outside
    ? `upgrade ${outside.path}, or take it off PATH: then the distribution's own is used`
    : `sudo apt-get install --only-upgrade ${wrong.flatMap(({ need }) => need.packages).join(' ')}`
  throw new OperatorError('engines', words.join('\n  '), hint, exit.usage)
}

function needsRoot(missing: readonly string[], asRoot: string): OperatorError {
  const what = `${missing.length} packages are missing, and installing them needs root: ${missing.join(' ')}`
  return new OperatorError('engines', what, `sudo ${project}/edge ${asRoot}`, exit.usage)
}

async function installedNow(): Promise<ReadonlySet<string>> {
  return installedPackages(await readFile('/var/lib/dpkg/status', 'utf8'))
}

/** The user that engines run as when root starts them; made as a system user without home and shell where it is not there. */
export async function ensureUser(name: string, world: World): Promise<UnixUser> {
  const there = findUser(name)
  if (there) return there
  const made = await world.run([
    '/usr/sbin/useradd',
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir=/nonexistent',
    '--shell=/usr/sbin/nologin',
    name,
  ])
  // Whatever it said: another run may have made it a moment ago.
  const user = findUser(name)
  if (user) return user
  throw new OperatorError('user', `${name} could not be made: ${made.stderr.trim()}`, `sudo useradd --system ${name}`)
}
