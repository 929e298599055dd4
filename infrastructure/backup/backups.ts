import type { Client } from 'pg'
import type { Records } from '../../src/core/record.ts'
import type { Leader } from '../../src/engines/pgbackrest.ts'
import type { World } from '../../src/core/world.ts'
import type { PgAddress } from '../../src/engines/postgres.ts'
import type { BackupBounds } from './alarms.ts'
import type { BackupPaths } from './paths.ts'
import type { BackupSettings } from './settings.ts'

/** What the database's room hands over. */
type DatabaseNeeds = {
  /** Throws OperatorError where nobody leads. */
  readonly leader: () => Promise<Leader>
  /** As edge itself, through the pool: for marker rows. */
  readonly edge: PgAddress
  readonly replaceable: Replaceable
}

/** What it takes to put a restored copy in the place of the data of all members. */
type Replaceable = {
  /** The first one gets the copy; the others clone it. */
  readonly members: readonly string[]
  readonly dataOf: (member: string) => string
  /** By role, what PostgreSQL keeps of its password now: a copy of another instance has others. */
  readonly passwords: Readonly<Record<string, string>>
  /** Ends every member, and waits until nothing is written any more. */
  readonly stop: (world: World) => Promise<void>
  /** Only while no member runs: who led and how far they were counts no more; this is the cluster from now on. */
  readonly forget: (systemIdentifier: string) => Promise<void>
  readonly leads: () => Promise<string | undefined>
  /**
   * Notes that what the database has less than it had is known to be gone: an earlier moment was wanted. Of what was
   * acknowledged until then, in ms since 1970: what goes after it nobody knows of.
   */
  readonly noteLosses: (until: number, world: Pick<World, 'now'>) => Promise<void>
}

/** A message for the operator, as the agent keeps it. */
type Message = {
  readonly at: string
  readonly id: string
  readonly says: string
  readonly next?: string | undefined
}

export type BackupNeeds = {
  readonly database: DatabaseNeeds
  /** Folders whose files are backed up; one that is not there yet is left out. */
  readonly folders: readonly string[]
  readonly records: Records
  /** Beyond these somebody is called about a backup that was made. */
  readonly bounds: BackupBounds
  readonly inbox: {
    readonly put: (message: Message) => Promise<void>
    readonly newest: (count: number) => Promise<readonly Message[]>
  }
}

/** All that a backup, a restore and the checks work on. */
export type Backups = BackupNeeds & {
  readonly state: string
  readonly settings: BackupSettings
  readonly paths: BackupPaths
}

/** Where a verb says how far it is. */
export type Say = (progress: string) => void

export const recordNames = { backup: 'backup', verification: 'backup-verification', deep: 'backup-every' } as const

/** A table of edge's own, for the rows by which a restored copy is known. */
export const markerTable = 'edge.backup_marker'

/** One value of one row. */
export async function valueOf(
  client: Client,
  query: string,
  values: readonly unknown[] = [],
): Promise<string | undefined> {
  const { rows } = await client.query<{ value: unknown }>(query, [...values])
  const value = rows[0]?.value
  return value === undefined || value === null ? undefined : String(value)
}
