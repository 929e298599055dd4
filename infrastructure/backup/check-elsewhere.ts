import { broken, type Check, kept, measured, notClaimed } from '../../src/core/check.ts'
import { backupsIn } from '../../src/engines/pgbackrest.ts'
import { readText } from '../../src/targets/local/files.ts'
import type { Backups } from './backups.ts'
import { whileEnabled, look } from './look.ts'

/** File systems that lie on another machine. */
const remote = /^(nfs4?|cifs|smb3|ceph|glusterfs|fuse\.(sshfs|s3fs|rclone|glusterfs))$/

/** The kind of the file system that a path lies on: the mount whose name is the longest beginning of it. */
export function fileSystemOf(path: string, mounts: string): string {
  const all = mounts.split('\n').flatMap((line) => {
    const [, point, kind] = line.split(' ')
    return point !== undefined && kind !== undefined ? [{ point, kind }] : []
  })
  const on = all.filter(({ point }) => path === point || path.startsWith(point === '/' ? '/' : `${point}/`))
  return on.toSorted((one, other) => other.point.length - one.point.length)[0]?.kind ?? 'unknown'
}

/** A copy of the newest backup lies in a repository of another machine. */
export const checkElsewhere: Check<Backups> = whileEnabled(async (backups, world) => {
  const [, second = ''] = backups.paths.database.repositories
  const kind = fileSystemOf(second, (await readText('/proc/mounts')) ?? '')
  if (!remote.test(kind))
    return notClaimed(
      `the second repository (${second}) shares this machine: set backup.secondRepository to a folder of another one`,
    )
  const [listed, seen] = await Promise.all([backupsIn(world, backups.paths.database, 2), look(backups, world)])
  const newest = seen.catalog.at(-1)?.database.labels[1]
  const facts = measured({ fileSystem: kind, backups: listed.length, newest: listed.at(-1)?.label ?? 'none' })
  return newest !== undefined && listed.some(({ label }) => label === newest)
    ? kept(facts)
    : broken(facts, 'the newest backup is not in the second repository', 'edge backup now; is it mounted?')
})
