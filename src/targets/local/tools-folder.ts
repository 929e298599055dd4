import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exit, OperatorError } from '../../core/errors.ts'
import type { Command, RunOptions, World } from '../../core/world.ts'

const project = resolve(import.meta.dirname, '../../..')

/** Where the clone keeps the programs that it brings by itself. */
export const toolsOfClone = join(project, '.tools')

/** Throws OperatorError where `what` is missing and cannot be brought, as the clone is somebody else's. */
export async function requireWritable(what: string, tools: string): Promise<void> {
  try {
    await mkdir(tools, { recursive: true, mode: 0o755 })
    await rm(await mkdtemp(join(tools, 'new-')), { recursive: true })
  } catch {
    throw new OperatorError(
      what,
      `is missing, and ${tools} cannot be written to`,
      `sudo ${project}/edge prepare`,
      exit.usage,
    )
  }
}

/** Puts what it makes below `staging/out`, or answers why it could not. */
export type Build = (staging: string) => Promise<string | undefined>

/**
 * Makes a folder of the clone's tools: it appears as a whole or not at all, and those that others run from stay what they
 * are. Answers why it could not be made; undefined where it was.
 */
export async function makeToolFolder(
  tools: string,
  folder: string,
  build: Build,
  world: World,
): Promise<string | undefined> {
  const staging = await mkdtemp(join(tools, 'new-'))
  try {
    const problem = await build(staging)
    if (problem !== undefined) return problem
    const [from, to] = [join(staging, 'out'), join(tools, folder)]
    // Root's umask may be narrow, and the engines' user has to run this.
    await world.run(['chmod', '-R', 'u=rwX,go=rX', from])
    if (world.uid === 0) await world.run(['chown', '-R', `--reference=${project}`, from])
    await rm(to, { recursive: true, force: true })
    await rename(from, to)
    return undefined
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** Answers the last lines of what a program said when it failed. */
export async function failureOf(command: Command, world: World, options: RunOptions): Promise<string | undefined> {
  const { code, stderr, timedOut } = await world.run(command, options)
  if (code === 0) return undefined
  const words = timedOut ? 'took too long' : stderr.trim().split('\n').slice(-2).join('\n  ')
  return `${command.slice(0, 2).join(' ')}: ${words}`
}
