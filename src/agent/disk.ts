import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * The disk that a folder lies on, as the kernel's table of disks names it; undefined where no disk can be told. A file
 * system with no disk of its own (a container's, Btrfs, ZFS) lies on the machine's one disk, where it has just one.
 * `kernel`: where the kernel shows its devices.
 */
export async function deviceOf(path: string, kernel = '/sys'): Promise<string | undefined> {
  const { dev } = await stat(path)
  const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)]
  const devices = join(kernel, 'dev', 'block')
  const target = await readlink(join(devices, `${major}:${minor}`)).catch(() => undefined)
  if (target === undefined) return onlyDisk(join(kernel, 'block'))
  const isPartition = await stat(join(devices, target, 'partition')).catch(() => undefined)
  return basename(isPartition ? dirname(target) : target)
}

async function onlyDisk(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => [])
  const areDisks = await Promise.all(names.map((name) => isDisk(name, join(folder, name))))
  const disks = names.filter((_, index) => areDisks[index])
  return disks.length === 1 ? disks[0] : undefined
}

/** Drives for discs and floppies, and the parts of an eMMC that only its firmware writes to. */
const neverTheDatabase = /^(?:sr|fd)\d+$|^mmcblk\d+(?:boot|rpmb)/

/** Whether a database may lie on it: what is made of memory, of a file (loop) or of other disks has no device. */
async function isDisk(name: string, folder: string): Promise<boolean> {
  const hasDevice = await stat(join(folder, 'device')).catch(() => undefined)
  if (!hasDevice || neverTheDatabase.test(name)) return false
  // What can be taken out, and one way of several to the same disk.
  const flags = await Promise.all(
    ['removable', 'hidden'].map((flag) => readFile(join(folder, flag), 'utf8').catch(() => '')),
  )
  return flags.every((flag) => flag.trim() !== '1')
}
