import { constants } from 'node:fs'
import { access, chmod, lchown, mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { exit, messageOf, OperatorError } from '../../src/core/errors.ts'

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

/** Makes a folder, or finds that it may be written. Throws OperatorError with the command that makes it for this user. */
export async function requireWritable(folder: string): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK | constants.X_OK)
    if (made === undefined) await chmod(folder, 0o700)
  } catch (error) {
    const { username } = userInfo()
    const what = `${folder} cannot be written by ${username}: ${messageOf(error)}`
    throw new OperatorError('--into', what, `sudo install -d -o ${username} -m 700 ${folder}`, exit.usage)
  }
}
