import { OperatorError } from '../../src/core/errors.ts'
import { spaceProblems } from '../../src/targets/local/space.ts'
import { NotVerified } from './not-verified.ts'

/** For the log, of which a recovery holds much at once, and for the live database, which may write on the same disk. */
const marginBytes = 1024 ** 3

/** Why a folder cannot take this many bytes; undefined where it can. */
async function shortOf(folder: string, what: Readonly<Record<string, number>>): Promise<string | undefined> {
  const sizes = Object.entries({ ...what, 'a margin': marginBytes })
  const needs = sizes.map(([name, bytes]) => ({ path: folder, what: name, size: { kind: 'bytes', bytes } as const }))
  return (await spaceProblems(needs))[0]?.what
}

/** Before a restore fills a folder: throws OperatorError where its disk would be full. Sizes in bytes. */
export async function requireRoom(folder: string, what: Readonly<Record<string, number>>): Promise<void> {
  const short = await shortOf(folder, what)
  if (short !== undefined) throw new OperatorError('--into', short, 'free some space, or name a folder on another disk')
}

type Sized = { readonly bytes: number }

/** It says nothing of a backup. */
export class NoRoom extends NotVerified {}

/** Before a verification brings everything back: a full disk would stop the live database. Throws NoRoom. */
export async function requireRoomToVerify(
  folder: string,
  { database, files, state }: { readonly database: Sized; readonly files: Sized; readonly state?: Sized | undefined },
): Promise<void> {
  const what = { 'the database': database.bytes, 'the files': files.bytes, 'the state': state?.bytes ?? 0 }
  const short = await shortOf(folder, what)
  if (short !== undefined)
    throw new NoRoom(short, ['free some space, then edge backup verify; docs/runbooks/disk-full.md'])
}
