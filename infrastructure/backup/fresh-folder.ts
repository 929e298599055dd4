import { constants } from 'node:fs'
import { access, chmod, lchown, mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { exit, messageOf, OperatorError } from '../../src/core/errors.ts'
import { inShell, oddSignIn, plainSigns } from '../../src/core/path-signs.ts'

/**
 * As root: makes a folder and hands it to a user, who may make none in its parent. One that is there is left as it is.
 */
export async function makeFor(folder: string, { uid, gid }: { readonly uid: number; readonly gid: number }) {
  await mkdir(dirname(folder), { recursive: true })
  const made = await mkdir(folder, { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
  // Never through a link that somebody puts there meanwhile.
  if (made) await lchown(folder, uid, gid)
}

/**
 * Throws OperatorError for the folder of a copy that a server cannot be started on: its path stands in the server's own
 * configuration, and goes through a shell.
 */
export function requirePlain(folder: string, where: string): void {
  const odd = oddSignIn(folder)
  if (odd === undefined) return
  const what = `${JSON.stringify(folder)} has ${JSON.stringify(odd)} in it, and a server is started there`
  throw new OperatorError(where, what, `name a folder of ${plainSigns}: /srv/restored`, exit.usage)
}

/** Makes a folder, or finds that it may be written. Throws OperatorError with the command that makes it for this user. */
export async function requireWritable(folder: string): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK | constants.X_OK)
    if (made === undefined) await chmod(folder, 0o700)
  } catch (error) {
    const { username } = userInfo()
    const what = `${folder} cannot be written by ${username}: ${messageOf(error)}`
    throw new OperatorError('--into', what, `sudo install -d -o ${username} -m 700 ${inShell(folder)}`, exit.usage)
  }
}
