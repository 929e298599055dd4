import { constants } from 'node:fs'
import { open, rename, rm, rmdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { messageOf, OperatorError } from '../../core/errors.ts'
import type { Instance, UnixUser } from '../../core/instance.ts'
import type { Engine, Plan } from '../../core/plan.ts'
import { succeeded } from '../../core/succeeded.ts'
import type { BoundCheck } from '../../core/verify.ts'
import { makePrivateDirectory, readText } from './files.ts'

type HasDirectories = Pick<Engine, 'directories'>
type Wrong = { readonly path: string; readonly how: string }

/**
 * The engines' directories that they cannot use: a program that root ran by hand gave them to another user (`nginx -t`
 * gives nginx's to its own), or a hand took rights away. One that is not there is nobody's: the engine's next start, or
 * the next deployment, makes it.
 */
export async function unusableDirectories(
  { directories = [] }: HasDirectories,
  uid: number,
): Promise<readonly Wrong[]> {
  const seen = await Promise.all(
    directories.map(async (path): Promise<Wrong | undefined> => {
      const info = await stat(path).catch(() => undefined)
      if (!info) return undefined
      if (info.uid !== uid) return { path, how: `belongs to ${await nameOf(info.uid)}` }
      const whole = (info.mode & 0o700) === 0o700
      return whole ? undefined : { path, how: `is closed to its owner (mode ${(info.mode & 0o777).toString(8)})` }
    }),
  )
  return seen.filter((wrong) => wrong !== undefined)
}

async function nameOf(uid: number): Promise<string> {
  const lines = ((await readText('/etc/passwd')) ?? '').split('\n')
  return lines.find((line) => line.split(':')[2] === String(uid))?.split(':', 1)[0] ?? `uid ${uid}`
}

export const inWords = (wrong: readonly Wrong[]): string => wrong.map(({ path, how }) => `${path} ${how}`).join(', ')

/**
 * Makes an engine's directories as it needs them, without root's rights. One that belongs to another user is begun anew
 * where nothing is lost by that. Throws OperatorError where something would be.
 */
export async function ensureDirectories(engine: Engine, uid: number): Promise<void> {
  for (const { path, how } of await unusableDirectories(engine, uid)) {
    if (!how.startsWith('belongs')) continue
    if (await succeeded(rmdir(path))) continue
    if (engine.refilled?.includes(path) !== true) {
      throw new OperatorError(engine.name, `${path} ${how}, and ${engine.name} cannot use it`, [
        `sudo chown -R ${uid} '${path}', then this again`,
      ])
    }
    const aside = `${path}.of-another-user-${Date.now()}`
    await rename(path, aside)
    // What lies in a directory of another user can be deleted by that one, and by root.
    await rm(aside, { recursive: true, force: true }).catch(() => undefined)
  }
  for (const path of engine.directories ?? []) await makePrivateDirectory(path)
}

/**
 * As root: gives the engines' directories back to their user. Answers which. Nothing is followed that is a link: the
 * engines' user, who may write below the state directory, could lead root anywhere.
 */
export async function giveBackDirectories(plan: Plan, state: string, user: UnixUser): Promise<readonly string[]> {
  const given: string[] = []
  for (const part of plan) {
    if (part.kind !== 'engine') continue
    for (const { path } of await unusableDirectories(part, user.uid)) {
      if (await giveBack(state, relative(state, path).split('/'), user)) given.push(path)
    }
  }
  return given
}

async function giveBack(state: string, names: readonly string[], { uid, gid }: UnixUser): Promise<boolean> {
  const only = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
  let directory = await open(state, only)
  try {
    for (const name of names) {
      const next = await open(join('/proc/self/fd', String(directory.fd), name), only)
      await directory.close()
      directory = next
    }
    await directory.chown(uid, gid)
    await directory.chmod(0o700)
    return true
  } catch {
    return false
  } finally {
    await directory.close()
  }
}

/** What a check found broken may be because of a directory that an engine of its room cannot use: then it says so. */
export function sayingDirectories(checks: readonly BoundCheck[], plan: Plan, { user }: Instance): BoundCheck[] {
  return checks.map(({ guarantee, check }) => {
    const { component } = guarantee
    const problem = async (): Promise<string | undefined> => {
      const engines = plan.filter((part) => part.kind === 'engine' && part.component === component)
      const wrong = await Promise.all(
        engines.map((part) => (part.kind === 'engine' ? unusableDirectories(part, user.uid) : [])),
      )
      return wrong.flat().length === 0 ? undefined : inWords(wrong.flat())
    }
    return {
      guarantee,
      check: async (world) => {
        try {
          const verdict = await check(world)
          const why = verdict.is === 'broken' ? await problem() : undefined
          if (verdict.is !== 'broken' || why === undefined) return verdict
          return { ...verdict, because: `${verdict.because}; ${why}`, next: `edge deploy ${component} gives it back` }
        } catch (error) {
          const why = world.signal.aborted ? undefined : await problem()
          if (why === undefined) throw error
          throw new Error(`${messageOf(error)}; ${why}`, { cause: error })
        }
      },
    }
  })
}
