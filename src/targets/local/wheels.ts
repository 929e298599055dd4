import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exit, OperatorError } from '../../core/errors.ts'
import type { PackageNeed, Wheels } from '../../core/plan.ts'
import { show } from '../../core/units.ts'
import type { World } from '../../core/world.ts'
import { installPackages, type PackageProgress, spaceForPackages, versionsFile } from './packages.ts'
import { findProgram, survey } from './programs.ts'
import type { SpaceNeed } from './space.ts'
import { failureOf, makeToolFolder, requireWritable, toolsOfClone } from './tools-folder.ts'

export const pipNeed: PackageNeed = {
  binary: 'pip3',
  version: { args: ['--version'], pattern: /pip (\d+\.\d+(?:\.\d+)?)/, atLeast: '20' },
  packages: ['python3-pip'],
}

const project = resolve(import.meta.dirname, '../../..')
const fetchedWithinMs = 10 * 60_000

/** Debian 12's own Python, whatever runs pip: an operator's may be another one, and its wheels would not load there. */
const python = '/usr/bin/python3'
const forPython = ['--python-version', '3.11', '--implementation', 'cp', '--platform', 'manylinux2014_x86_64']

/** What wheels take on the disk. */
export const spaceForWheels = ({ name, unpacked }: Wheels): SpaceNeed => ({
  path: toolsOfClone,
  size: unpacked,
  what: name,
})

/** What is about to come, for the operator. */
export const inWords = ({ name, fetched, unpacked }: Wheels): string =>
  `${name} (${show(fetched)} to fetch, ${show(unpacked)} on disk)`

/** Installs wheels of a lock, each of a pinned hash, into `out`; answers why it could not. */
export async function installWheels(
  wheels: Wheels,
  pip: string,
  out: string,
  world: World,
  progress: PackageProgress,
): Promise<string | undefined> {
  progress.say(`fetching ${wheels.name}`)
  const options = ['--quiet', '--no-cache-dir', '--require-hashes', '--only-binary=:all:', '--no-deps', '--no-compile']
  const what = ['--target', out, '--requirement', join(project, wheels.lock)]
  const problem = await failureOf([pip, 'install', ...options, ...forPython, ...what], world, {
    timeoutMs: fetchedWithinMs,
    env: { PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
  })
  if (problem !== undefined || wheels.programs === undefined) return problem
  await writePrograms(out, wheels.programs)
  // The engines' user may not write here: Python would compile everything anew at each start.
  return failureOf([python, '-m', 'compileall', '-q', out], world, { timeoutMs: fetchedWithinMs })
}

/** Programs that are run by Debian's Python and find the wheels beside them first; pip's name the Python that ran pip. */
async function writePrograms(out: string, programs: NonNullable<Wheels['programs']>): Promise<void> {
  const folder = join(out, 'bin')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  for (const [name, { module, function: entry }] of Object.entries(programs)) {
    const text = `#!${python} -sP
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from ${module} import ${entry}

if __name__ == '__main__':
    sys.exit(${entry}())
`
    await writeFile(join(folder, name), text)
    await chmod(join(folder, name), 0o755)
  }
}

/**
 * Sees to it that each program that engines need is there: the distribution's packages first, then the wheels that are
 * better than the distribution's. Answers a summary. Throws OperatorError as `installPackages` does, and where wheels
 * cannot be had.
 */
export async function installEngines(
  needs: readonly PackageNeed[],
  world: World,
  progress: PackageProgress,
  asRoot = 'prepare',
): Promise<string> {
  const summary = await installPackages(await withPip(needs, world), world, progress, asRoot)
  const missing = await missingWheels(needs)
  for (const wheels of missing) await bring(wheels, world, progress)
  // Their versions are learnt now: the engines' user may not write what is remembered, and would ask at each `edge status`.
  if (missing.length > 0) await survey(needs, world, versionsFile)
  return summary
}

/** What `installEngines` is going to take on the disk. */
export async function spaceForEngines(needs: readonly PackageNeed[], world: World): Promise<readonly SpaceNeed[]> {
  const packages = await spaceForPackages(await withPip(needs, world), world)
  return [...packages, ...(await missingWheels(needs)).map(spaceForWheels)]
}

/** pip is needed only where there is something for it to do. */
async function withPip(needs: readonly PackageNeed[], world: World): Promise<readonly PackageNeed[]> {
  const hasPip = (await findProgram(pipNeed.binary, world.env['PATH'])) !== undefined
  return hasPip || (await missingWheels(needs)).length === 0 ? needs : [...needs, pipNeed]
}

/** Wheels that engines need and the clone does not have, each once. */
async function missingWheels(needs: readonly PackageNeed[]): Promise<readonly Wheels[]> {
  const missing = new Map<string, Wheels>()
  for (const { binary, wheels } of needs) {
    if (wheels && (await findProgram(binary, undefined)) === undefined) missing.set(wheels.folder, wheels)
  }
  return [...missing.values()]
}

async function bring(wheels: Wheels, world: World, progress: PackageProgress): Promise<void> {
  await requireWritable(wheels.name, toolsOfClone)
  progress.line(`  installing ${inWords(wheels)} into ${join(toolsOfClone, wheels.folder)}`)
  const pip = (await findProgram(pipNeed.binary, world.env['PATH'])) ?? pipNeed.binary
  const build = (staging: string) => installWheels(wheels, pip, join(staging, 'out'), world, progress)
  const problem = await makeToolFolder(toolsOfClone, wheels.folder, build, world)
  if (problem === undefined) return
  const hint = `is a Python package index reachable (pip3 download --no-deps ${wheels.name.replace(' ', '==')})? then call again`
  throw new OperatorError(wheels.name, `could not be installed\n  ${problem}`, hint, exit.usage)
}
