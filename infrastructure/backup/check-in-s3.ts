import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { placeOf } from '../../src/engines/s3.ts'
import type { Backups } from './backups.ts'
import { readCatalog } from './catalog.ts'
import { missing } from './missing.ts'
import { isThisMachine, readBack } from './read-back.ts'

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
  // Files that lie over SFTP are read back from there.
  const seen = backups.paths.files[1].sftp ? undefined : await readBack(backups, newest, world)
  if (seen && 'because' in seen) return no(seen.because)
  if (await isThisMachine(host))
    return notClaimed(`the second repository (${path}) shares this machine: ${host} is an address of it`)
  return kept(measured({ ...facts, ...seen }))
}
