import { join } from 'node:path'
import { type EdgeRun, project, type TestInstance } from './instance.ts'
import { testWorld } from './world.ts'

/** A verb for which a folder is an empty disk of that size (`2m`); everybody else sees the folder as it is. */
export async function onSmallDisk(
  instance: TestInstance,
  { folder, size }: { readonly folder: string; readonly size: string },
  verb: string,
  ...args: string[]
): Promise<EdgeRun> {
  const mount = `mount -t tmpfs -o size=${size},mode=1777 none ${folder} && exec "$@"`
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
  // Without root the mount is made in a world where one is, and edge runs in one more, as who one is.
  const [outer, inner] =
    uid === 0
      ? [[], []]
      : [
          ['--user', '--map-root-user'],
          ['unshare', `--map-user=${uid}`, `--map-group=${gid}`],
        ]
  const edge = [join(project, 'edge'), verb, '--config', instance.file, ...args]
  return testWorld().world.run(['unshare', '--mount', ...outer, 'sh', '-c', mount, 'sh', ...inner, ...edge])
}
