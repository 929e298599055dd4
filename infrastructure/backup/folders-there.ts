import { lstat, readlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { OperatorError } from '../../src/core/errors.ts'
import { inShell } from '../../src/core/path-signs.ts'

/**
 * Those folders that there are. Throws OperatorError for one that is a link: restic keeps the link alone, and nothing of
 * what it leads to.
 */
export async function foldersThere(paths: readonly string[]): Promise<readonly string[]> {
  const seen = await Promise.all(paths.map((path) => lstat(path).catch(() => undefined)))
  const linked = paths.find((_, index) => seen[index]?.isSymbolicLink() === true)
  if (linked !== undefined) throw isALink(linked, resolve(dirname(linked), await readlink(linked)))
  return paths.filter((_, index) => seen[index]?.isDirectory() === true)
}

const isALink = (path: string, to: string): OperatorError =>
  new OperatorError(
    'backup',
    `${path} is a link to ${to}: a backup would hold the link, and no file that it leads to`,
    [
      `mount it there instead: sudo rm ${path} && sudo mkdir ${path} && sudo mount --bind ${inShell(to)} ${path}`,
      `and for the next start of the machine, in /etc/fstab: ${to} ${path} none bind 0 0`,
    ],
  )
