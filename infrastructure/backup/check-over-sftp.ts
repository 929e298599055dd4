import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { sftpPlaceOf } from '../../src/engines/sftp.ts'
import type { Backups } from './backups.ts'
import { readCatalog } from './catalog.ts'
import { isThisMachine, readBack } from './read-back.ts'

const again = 'is the server there, and are its host key and ours right? then edge backup now copies what is missing'

/**
 * The files of the newest backup lie on another machine, and one of them is read back over SFTP. `ofDatabase`: what is known
 * of the copy of the database, which lies elsewhere.
 */
export async function checkOverSftp(backups: Backups, ofDatabase: Verdict, world: World): Promise<Verdict> {
  const { path } = backups.paths.files[1]
  const { host } = sftpPlaceOf(path)
  const newest = (await readCatalog(backups.paths.catalog)).at(-1)
  const facts = { filesOn: host, newest: newest?.at ?? 'none' }
  const no = (what: string) => broken(measured(facts), `not in backup.secondFiles (${path}): ${what}`, again)
  if (!newest) return no('there is no backup yet')
  const seen = await readBack(backups, newest, world)
  if ('because' in seen) return no(seen.because)
  if (await isThisMachine(host))
    return notClaimed(`the second place of the files (${path}) shares this machine: ${host} is an address of it`)
  if (ofDatabase.is === 'notClaimed') return notClaimed(`${ofDatabase.because}; of the files a copy lies on ${host}`)
  return kept(measured({ ...(ofDatabase.is === 'kept' ? ofDatabase.evidence.facts : {}), ...facts, ...seen }))
}
