import { lookup } from 'node:dns/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { originOf, restic, snapshotsIn } from '../../src/engines/restic.ts'
import { placeOf } from '../../src/engines/s3.ts'
import type { Backups } from './backups.ts'
import { type CatalogEntry, readCatalog } from './catalog.ts'
import { missing } from './missing.ts'
import { treeDifference } from './tree.ts'

/** Whether an address is one of this machine: then what lies there is lost with it. */
export const isHere = (address: string, own: readonly string[]): boolean =>
  /^127\.|^::1$/.test(address) || own.includes(address)

const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))

const again =
  'is the server there, and are its bucket and its credentials right? then edge backup now copies what is missing'

/** A copy of the newest backup lies in a bucket of another machine: it is listed there, and a file of it is read back. */
export async function checkInS3(backups: Backups, world: World): Promise<Verdict> {
  const [, path = ''] = backups.paths.database.repositories
  const { host, bucket } = placeOf(path)
  const newest = (await readCatalog(backups.paths.catalog)).at(-1)
  const facts = { host, bucket, newest: newest?.at ?? 'none' }
  const no = (what: string) => broken(measured(facts), `not in the second repository (${path}): ${what}`, again)
  const what = await missing(backups, newest, world).catch(messageOf)
  if (what !== undefined || !newest) return no(what ?? 'there is no backup yet')
  const readBack = await compared(backups, newest, world).catch((error: unknown) => {
    if (error instanceof OperatorError) return { because: error.message }
    throw error
  })
  if ('because' in readBack) return no(readBack.because)
  const addresses = await lookup(host, { all: true }).catch(() => [])
  if (addresses.every(({ address }) => isHere(address, ownAddresses())))
    return notClaimed(`the second repository (${path}) shares this machine: ${host} is an address of it`)
  return kept(measured({ ...facts, ...readBack }))
}

const hourMs = 3_600_000

/** One file of the newest backup, another one every hour, as it comes out of the bucket, against what was noted of it. */
async function compared(
  { paths, state }: Backups,
  { files }: CatalogEntry,
  world: World,
): Promise<{ readonly readBack: string } | { readonly because: string }> {
  const names = Object.keys(files.hashes)
  const file = names[Math.floor(world.now().getTime() / hourMs) % names.length]
  if (file === undefined) return { because: 'the newest backup has no file that could be read back' }
  const [, second] = paths.files
  const copy = (await snapshotsIn(world, second)).find((one) => originOf(one).startsWith(files.snapshot))
  if (!copy) return { because: 'the files of the newest backup' }
  // Not among the copies of a verification, which tidies up there.
  const folder = await mkdtemp(join(state, 'run', 'read-back-'))
  try {
    await restic(world, second, ['restore', copy.id, '--target', folder, '--include', file])
    const difference = await treeDifference({ [file]: files.hashes[file] ?? '' }, folder)
    return difference === undefined ? { readBack: file } : { because: `${difference}, as it was read back` }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
