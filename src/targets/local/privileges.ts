import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import type { UnixUser } from '../../core/instance.ts'

/** The user of that name, or undefined. Throws nothing. */
export function findUser(name: string): UnixUser | undefined {
  try {
    // Mostly it stands in the file, where it is found without a program; getent knows other places as well.
    const line =
      readFileSync('/etc/passwd', 'utf8')
        .split('\n')
        .find((entry) => entry.startsWith(`${name}:`)) ??
      execFileSync('getent', ['passwd', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const [found, , uid, gid] = line.trim().split(':')
    return found === undefined ? undefined : { name: found, uid: Number(uid), gid: Number(gid) }
  } catch {
    return undefined
  }
}

/**
 * Gives up root for the rest of this process: whatever is written, started or built from here on belongs to the
 * engines' user, and nothing needs to be handed over.
 */
export function becomeUser(user: UnixUser): void {
  if (process.getuid?.() === user.uid) return
  if (!process.setgroups || !process.setgid || !process.setuid) throw new Error('this system knows no users')
  // Its folder is root's: at the end of the process it could not be written any more.
  flushCompileCache()
  process.setgroups([user.gid])
  process.setgid(user.gid)
  process.setuid(user.uid)
  process.umask(0o077)
}
