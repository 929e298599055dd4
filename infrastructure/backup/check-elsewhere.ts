import { broken, type Check, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { readText } from '../../src/targets/local/files.ts'
import { isAddress } from '../../src/engines/s3.ts'
import type { Backups } from './backups.ts'
import { readCatalog } from './catalog.ts'
import { checkInS3 } from './check-in-s3.ts'
import { checkOverSftp } from './check-over-sftp.ts'
import { fileSystemOf, isRemote } from './file-system.ts'
import { whileEnabled } from './look.ts'
import { missing } from './missing.ts'

/** Why a place that was another machine's is none any more; `before`: the kinds of file system that it lay on. */
export function lost(path: string, kind: string, before: readonly string[]): string | undefined {
  const was = before.findLast(isRemote)
  return was === undefined || isRemote(kind) ? undefined : `${path} was on ${was}, and is on ${kind} now`
}

/** A copy of the newest backup, with its files, lies in a repository of another machine. */
export const checkElsewhere: Check<Backups> = whileEnabled(async (backups, world) => {
  const [, path = ''] = backups.paths.database.repositories
  const seen = isAddress(path) ? await checkInS3(backups, world) : await checkInFolder(path, backups, world)
  return seen.is !== 'broken' && backups.paths.files[1].sftp ? checkOverSftp(backups, seen, world) : seen
})

async function checkInFolder(path: string, backups: Backups, world: World): Promise<Verdict> {
  const catalog = await readCatalog(backups.paths.catalog)
  const kind = fileSystemOf(path, (await readText('/proc/mounts')) ?? '')
  const before = catalog.flatMap(({ second }) => (second?.path === path ? [second.fileSystem] : []))
  const isElsewhere = !path.startsWith(`${backups.state}/`)
  const mount = 'is it mounted? then edge backup now copies what is missing there'
  const facts = measured({ fileSystem: kind, newest: catalog.at(-1)?.at ?? 'none' })
  const because = lost(path, kind, before)
  if (because !== undefined) return broken(facts, because, mount)
  const shared = `the second repository (${path}) shares this machine: set backup.secondRepository to a folder of another one`
  if (!isElsewhere && !isRemote(kind)) return notClaimed(shared)
  const what = await missing(backups, catalog.at(-1), world).catch(messageOf)
  if (what !== undefined) return broken(facts, `not in the second repository (${path}): ${what}`, mount)
  return isRemote(kind) ? kept(facts) : notClaimed(shared)
}
