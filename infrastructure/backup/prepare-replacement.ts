import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import { writeAtomically } from '../../src/targets/local/files.ts'
import { type Backups, type Say, valueOf } from './backups.ts'
import type { Fingerprint } from './catalog.ts'
import { allFingerprints } from './fingerprints.ts'
import { intoFresh } from './into-fresh.ts'
import { type ToMoment, withDatabaseAt } from './restore.ts'
import { databasesIn, type RestoredCopy, restoredCopy, type RestoredServer } from './restored-server.ts'
import { examine } from './soundness.ts'
import { segmentOf } from './timeline.ts'

/** A copy that may take the place of the live database: it has started, was looked through, and stands still. */
export type Prepared = {
  readonly folder: string
  readonly label: string
  readonly to: string
  readonly follows: number
  readonly timeline: number
  readonly systemIdentifier: string
  readonly tables: Readonly<Record<string, Fingerprint>>
  readonly objects: number
  readonly pages: number
  readonly answeredAfter: number
  readonly short: readonly string[]
}

/** Restores a copy beside the live data, looks it through, and makes it one that the members can be started on. */
export async function prepare(
  backups: Backups,
  wanted: Omit<ToMoment, 'copies'>,
  world: World,
  say: Say,
): Promise<Prepared> {
  const { folder } = wanted
  const copy = restoredCopy(folder)
  return intoFresh(folder, world, async () => {
    const { result, label, to, follows, short } = await withDatabaseAt(
      backups,
      // The other members clone it.
      { ...wanted, copies: backups.database.replaceable.members.length },
      world,
      say,
      async ({ client, server, timeline, answeredAfter }) => {
        say('counting')
        const tables = await allFingerprints(client)
        const systemIdentifier =
          (await valueOf(client, 'select system_identifier as value from pg_control_system()')) ?? ''
        for (const [role, secret] of Object.entries(backups.database.replaceable.passwords))
          await client.query(`alter role ${role} password ${client.escapeLiteral(secret)}`)
        const sound = await examineUnchanged(copy, server, world, say)
        return { tables, timeline, systemIdentifier, answeredAfter, ...sound }
      },
    )
    await makeReady(copy, result.timeline)
    return { folder, label, to, follows, short, ...result }
  })
}

/** Like examine; and the extension that it needs is in no database that did not have it. */
async function examineUnchanged(copy: RestoredCopy, server: RestoredServer, world: World, say: Say) {
  const without = await databasesWithout(server, 'amcheck')
  const stop = async (): Promise<void> => {
    for (const name of without) {
      const client = await server.connect(name)
      await client.query('drop extension if exists amcheck').finally(() => client.end())
    }
    await server.stop('fast')
  }
  const seen = await examine(copy, server, world, stop, { say })
  return { objects: Number(seen['objects']), pages: Number(seen['pages']) }
}

async function databasesWithout(server: RestoredServer, extension: string): Promise<readonly string[]> {
  const without: string[] = []
  for (const name of await databasesIn(server)) {
    const client = await server.connect(name)
    const { rowCount } = await client
      .query('select from pg_extension where extname = $1', [extension])
      .finally(() => client.end())
    if (rowCount === 0) without.push(name)
  }
  return without
}

/** Takes away what made it a copy that archives nothing, and has the log of its own timeline archived when it is live. */
async function makeReady({ data }: RestoredCopy, timeline: number): Promise<void> {
  await writeAtomically(join(data, 'postgresql.auto.conf'), '')
  const log = join(data, 'pg_wal')
  const own = (await readdir(log)).filter(
    (name) => /^[\dA-F]{8}/.test(name) && segmentOf(name.padEnd(24, '0')).timeline === timeline,
  )
  // The last segment goes on on the next timeline, which begins with all that is in it.
  const segments = own
    .filter((name) => /^[\dA-F]{24}$/.test(name))
    .toSorted()
    .slice(0, -1)
  const histories = own.filter((name) => name.endsWith('.history'))
  // Without its history in the archive a later restore would give its number to a timeline of its own.
  for (const name of [...histories, ...segments]) {
    const file = await open(join(log, 'archive_status', `${name}.ready`), 'a', 0o600)
    await file.close()
  }
  for (const name of ['recovery.signal', 'standby.signal', 'backup_label.old', 'tablespace_map.old'])
    await rm(join(data, name), { force: true })
}

/** The highest timeline of the data directories that there are, as their control files have it. */
export async function timelineOf(folders: readonly string[], world: World): Promise<number> {
  let highest = 0
  for (const data of folders) {
    if (!(await stat(join(data, 'global', 'pg_control')).catch(() => undefined))) continue
    const ran = await world.run([join(postgresPrograms, 'pg_controldata'), data], { env: { LC_ALL: 'C' } })
    const found = /^Latest checkpoint's TimeLineID: +(\d+)$/m.exec(ran.stdout)?.[1]
    if (found === undefined)
      throw new OperatorError('restore', `the control file of ${data} cannot be read`, 'move that folder aside')
    highest = Math.max(highest, Number(found))
  }
  return highest
}
