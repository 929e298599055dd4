import { chown, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pRetry from 'p-retry'
import { withClient } from '../../../src/engines/postgres.ts'
import type { TestInstance } from '../../../test/instance.ts'
import type { Sabotaged } from '../../../test/sabotage.ts'
import { hands } from '../../../test/sabotaged.ts'
import { addressesIn } from '../../database/sabotage.ts'
import { withoutClock } from './test-clock.ts'

/** Brings an instance up that makes backups when it is told to, and only then. */
export async function upWithoutClock(instance: TestInstance): Promise<Sabotaged> {
  await instance.must('up', '--no-load-test')
  const on = await hands(instance)
  await withoutClock(on)
  return on
}

/** The app's database, for its superuser. */
export const appOf = (on: Sabotaged) => ({ ...addressesIn(on).superuser, database: 'app' })

/** Rows of the app's database. */
export const sqlOn = (on: Sabotaged, text: string) =>
  withClient(appOf(on), async (client) => (await client.query(text)).rows)

/** The same while a primary changes: whoever is connected then is cut off, and asks again. */
export const patientSqlOn = (on: Sabotaged, text: string) => pRetry(() => sqlOn(on, text), { minTimeout: 200 })

/** A new folder that the engines' user may fill. */
export async function folderFor(instance: TestInstance, name: string): Promise<string> {
  const folder = join(instance.folder, name)
  const { uid, gid } = await stat(instance.state)
  await mkdir(folder)
  await chown(folder, uid, gid)
  return folder
}

/** What is broken of all that rooms promise, each with why. */
export async function brokenOf(instance: TestInstance, ...rooms: readonly string[]): Promise<readonly string[]> {
  const verdicts = [...(await instance.verify(...rooms)).values()]
  return verdicts.filter(({ verdict }) => verdict === 'broken').map(({ id, because }) => `${id}: ${because}`)
}

/** What `edge backup list` says of each backup, the oldest first. */
export async function backupsOf(
  instance: TestInstance,
): Promise<readonly { readonly label: string; readonly state: string; readonly tiers: readonly string[] }[]> {
  return JSON.parse(await instance.answer('backup', 'list', '--json')).backups
}
