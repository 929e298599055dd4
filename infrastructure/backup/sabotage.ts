import { copyFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dayMs } from '../../src/core/units.ts'
import type { Sabotage, Sabotaged, Sabotages } from '../../test/sabotage.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { until } from '../../test/until.ts'
import { addressesOf } from '../database/addresses.ts'
import { changeSharedSettings, clusterOf } from '../database/cluster.ts'
import { membersWith } from '../database/members.ts'
import { backupPaths } from './paths.ts'
import { backupSettings } from './settings.ts'
import { flip, largestBelow } from './proofs/test-damage.ts'

/** What is done to the archiving shows by then. */
const notices = { withinMs: 60_000, everyMs: 200 }

const pathsOf = ({ instance }: Sabotaged) => backupPaths(instance, backupSettings.parse({}))
const repositoryOf = (on: Sabotaged): string => pathsOf(on).database.repositories[0] ?? ''
const filesOf = (on: Sabotaged): string => pathsOf(on).files[0].path

const superuserOf = ({ instance }: Sabotaged) => addressesOf(instance, tlsFiles(instance.state).ca).superuser

/** Ends a segment of the log, which is archived then. */
const endSegment = (on: Sabotaged) =>
  withClient(superuserOf(on), (client) =>
    client.query("select pg_logical_emit_message(false, 'edge', 'noise'), pg_switch_wal()"),
  )

const says = (on: Sabotaged, condition: string): Promise<boolean> =>
  withClient(superuserOf(on), async (client) => {
    const { rows } = await client.query<{ is: boolean }>(`select ${condition} as is from pg_stat_archiver`)
    return rows[0]?.is === true
  })

const archivingFails: Sabotage = {
  title: 'the archive command is changed in the cluster to one that fails',
  break: async (on) => {
    const cluster = clusterOf(on.instance, tlsFiles(on.instance.state), membersWith(on.configuration.database.replicas))
    await changeSharedSettings(cluster, { postgresql: { parameters: { archive_command: '/bin/false' } } })
    await until(
      () => says(on, "current_setting('archive_command') = '/bin/false'"),
      'the command is another one',
      notices,
    )
    await endSegment(on)
    await until(() => says(on, 'last_failed_time > last_archived_time'), 'archiving fails', notices)
  },
  mend: async (on) => {
    await on.converge()
    await endSegment(on)
    await until(() => says(on, 'last_failed_time < last_archived_time'), 'archiving goes on', notices)
  },
}

/** Something is moved away by hand, and put back. */
const moved = (title: string, place: (on: Sabotaged) => string | Promise<string>): Sabotage => {
  let from = ''
  return {
    title,
    break: async (on) => {
      from = await place(on)
      await rename(from, `${from}.aside`)
    },
    mend: () => rename(`${from}.aside`, from),
  }
}

const filesBelow = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** One byte in the middle of a repository's largest file is another one, and then somebody looks. */
const flipped = (title: string, folder: (on: Sabotaged) => string): Sabotage => {
  let [path, kept] = ['', '']
  return {
    title,
    break: async (on) => {
      path = await largestBelow(folder(on))
      kept = join(on.instance.state, 'run', 'before-the-flip')
      await copyFile(path, kept)
      await flip(path)
      const { code } = await on.edge('backup', 'verify')
      if (code !== 1) throw new Error(`the verification of a damaged repository ended with ${code}`)
    },
    mend: async (on) => {
      await copyFile(kept, path)
      await rm(kept)
      const { code, stderr } = await on.edge('backup', 'verify')
      if (code !== 0) throw new Error(`the verification ended with ${code}: ${stderr}`)
    },
  }
}

async function backedUp(on: Sabotaged): Promise<void> {
  const { code, stderr } = await on.edge('backup', 'now')
  if (code !== 0) throw new Error(`the backup ended with ${code}: ${stderr}`)
}

const outside = ({ instance }: Sabotaged): string => join(instance.state, 'uploads', 'outside')
const linkOut: Sabotage = {
  title: 'an upload is a link to a folder that is in no backup',
  break: async (on) => {
    await symlink('/usr/share', outside(on))
    await backedUp(on)
  },
  mend: async (on) => {
    await rm(outside(on))
    await backedUp(on)
  },
}

/** A file is edited by hand, and put back as it was. */
const edited = (
  title: string,
  place: (on: Sabotaged) => string | Promise<string>,
  change: (text: string) => string,
): Sabotage => {
  let [path, before] = ['', '']
  return {
    title,
    break: async (on) => {
      path = await place(on)
      await on.edit(path, (text) => {
        before = text
        return change(text)
      })
    },
    mend: (on) => on.edit(path, () => before),
  }
}

const recordFolder = join('records', 'backup-verification')

async function newestRecord({ instance }: Sabotaged): Promise<string> {
  const numbers = (await readdir(join(instance.state, recordFolder))).map((name) => Number.parseInt(name, 10))
  return join(recordFolder, `${Math.max(...numbers)}.json`)
}

const earlier = (days: number) => (time: string) => new Date(Date.parse(time) - days * dayMs).toISOString()
const anyTime = /\d{4}-\d\d-\d\dT[\d:.]+Z/

const backupIsGone = moved('the backup of the database is deleted from the repository by hand', (on) =>
  join(repositoryOf(on), 'backup', 'edge'),
)
const snapshotsAreGone = moved('the snapshots of the files are deleted by hand', (on) => join(filesOf(on), 'snapshots'))
const flippedInDatabase = flipped("a byte is flipped in the database's backup, and it is verified", (on) =>
  join(repositoryOf(on), 'backup', 'edge'),
)
const flippedInFiles = flipped("a byte is flipped in a pack of the files' backup, and it is verified", (on) =>
  join(filesOf(on), 'data'),
)

export const sabotages: Sabotages = {
  'backup.daily': [
    backupIsGone,
    flippedInDatabase,
    edited(
      'the agent made none for three days',
      () => 'backup/noted/own/since',
      (text) => text.replace(anyTime, earlier(3)),
    ),
  ],
  'backup.weekly': [backupIsGone, flippedInDatabase],
  'backup.monthly': [backupIsGone, flippedInDatabase],
  'backup.freshness': [backupIsGone, flippedInDatabase, snapshotsAreGone],
  'backup.fileVersions': [snapshotsAreGone, linkOut],
  'backup.stateDaily': snapshotsAreGone,
  'backup.transactionLogs': [
    archivingFails,
    moved('a segment is missing in the middle of the archive', async (on) => {
      for (const _ of [1, 2]) {
        await endSegment(on)
        await until(
          () => says(on, "last_archived_time > now() - interval '1 second'"),
          'a segment is archived',
          notices,
        )
      }
      const segments = (await filesBelow(join(repositoryOf(on), 'archive', 'edge')))
        .filter((path) => /[\dA-F]{24}-[\da-f]{40}/.test(path))
        .toSorted()
      const [middle] = segments.slice(-2)
      if (middle === undefined) throw new Error('nothing is archived')
      return middle
    }),
  ],
  'backup.recoveryPoint': archivingFails,
  'backup.pointInTime': flippedInDatabase,
  'backup.statePointInTime': flippedInDatabase,
  'backup.restoreTest': flippedInDatabase,
  'backup.recoveryTime': flippedInDatabase,
  'backup.expiry': flippedInFiles,
  'backup.verification': [
    flippedInFiles,
    edited('the newest verification is eight days old', newestRecord, (text) => text.replace(anyTime, earlier(8))),
  ],
  'backup.notification': edited(
    'the message of the newest verification is taken out of the inbox',
    () => 'agent/inbox.ndjson',
    (text) => text.replaceAll(/^.*"backup\.verification".*\n/gm, ''),
  ),
  'backup.encryption': [
    {
      title: 'a copy that is not encrypted lies in the repository',
      break: (on) => writeFile(join(repositoryOf(on), 'plain.sql'), 'create table plain ()\n'),
      mend: (on) => rm(join(repositoryOf(on), 'plain.sql')),
    },
    {
      title: 'the key is put beside what it opens',
      break: async (on) =>
        copyFile(join(on.instance.state, 'secrets', 'backup'), join(repositoryOf(on), '..', 'key.txt')),
      mend: (on) => rm(join(repositoryOf(on), '..', 'key.txt')),
    },
    edited(
      'the key is lost',
      () => 'secrets/backup',
      () => `${'another'.repeat(6)}x\n`,
    ),
  ],
}
