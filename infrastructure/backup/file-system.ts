/** File systems that lie on another machine. */
const remote = /^(nfs4?|cifs|smb3|ceph|glusterfs|fuse\.(sshfs|s3fs|rclone|glusterfs))$/

export const isRemote = (kind: string): boolean => remote.test(kind)

/** The kind of the file system that a path lies on: the mount whose name is the longest beginning of it. */
export function fileSystemOf(path: string, mounts: string): string {
  const all = mounts.split('\n').flatMap((line) => {
    const [, point, kind] = line.split(' ')
    return point !== undefined && kind !== undefined ? [{ point, kind }] : []
  })
  const on = all.filter(({ point }) => path === point || path.startsWith(point === '/' ? '/' : `${point}/`))
  return on.toSorted((one, other) => other.point.length - one.point.length)[0]?.kind ?? 'unknown'
}
