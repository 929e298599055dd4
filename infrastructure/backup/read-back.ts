import { lookup } from 'node:dns/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { onlyPath, originOf, restic, snapshotsIn } from '../../src/engines/restic.ts'
import type { Backups } from './backups.ts'
import type { CatalogEntry } from './catalog.ts'
import { treeDifference } from './tree.ts'

/** Whether an address is one of this machine: then what lies there is lost with it. */
export const isHere = (address: string, own: readonly string[]): boolean =>
  /^127\.|^::1$/.test(address) || own.includes(address)

const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))

/** Whether a host has no address but this machine's. */
export async function isThisMachine(host: string): Promise<boolean> {
  const addresses = await lookup(host, { all: true }).catch(() => [])
  return addresses.every(({ address }) => isHere(address, ownAddresses()))
}

const hourMs = 3_600_000

type ReadBack = { readonly readBack: string } | { readonly because: string }

/**
 * One file of the newest backup, another one every hour, as it comes back out of the second repository of the files, against
 * what was noted of it.
 */
export async function readBack(backups: Backups, newest: CatalogEntry, world: World): Promise<ReadBack> {
  return compared(backups, newest, world).catch((error: unknown) => {
    if (error instanceof OperatorError) return { because: error.message }
    throw error
  })
}

async function compared({ paths, state }: Backups, newest: CatalogEntry, world: World): Promise<ReadBack> {
  const { files } = newest
  const names = Object.keys(files.hashes)
  const file = names[Math.floor(world.now().getTime() / hourMs) % names.length]
  if (file === undefined) return { because: 'the newest backup has no file that could be read back' }
  const [, second] = paths.files
  const there = await snapshotsIn(world, second)
  const copyOf = (snapshot: string) => there.find((one) => originOf(one).startsWith(snapshot))
  const copy = copyOf(files.snapshot)
  if (!copy) return { because: 'the files of the newest backup' }
  if (newest.state && !copyOf(newest.state.snapshot)) return { because: 'the application state of the newest backup' }
  // Not among the copies of a verification, which tidies up there.
  const folder = await mkdtemp(join(state, 'run', 'read-back-'))
  try {
    await restic(world, second, ['restore', copy.id, '--target', folder, ...onlyPath(file)])
    const difference = await treeDifference({ [file]: files.hashes[file] ?? '' }, folder)
    return difference === undefined ? { readBack: file } : { because: `${difference}, as it was read back` }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
