import type { Client } from 'pg'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import type { Say } from './backups.ts'
import { databasesIn, type RestoredServer } from './restored-server.ts'

/** Rules of sorting that are of another version here than where the database was made; 100 is the database's own. */
const others = `select c.oid from pg_collation c
   where c.collversion is not null and c.collversion is distinct from pg_collation_actual_version(c.oid)
  union
  select 100 from pg_database d
   where d.datname = current_database() and d.datcollversion is not null
     and d.datcollversion is distinct from pg_database_collation_actual_version(d.oid)`

const indexes = `select i.indexrelid::regclass::text as name from pg_index i
  where exists (select from unnest(i.indcollation::oid[]) as used(oid) join (${others}) as other using (oid))
     or exists (select from pg_depend d join (${others}) as other on d.refobjid = other.oid
                 where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                   and d.refclassid = 'pg_collation'::regclass)
  order by 1`

const statements = `select format('alter database %I refresh collation version', current_database()) as text
    from (${others}) as other where oid = 100
  union all
  select format('alter collation %s refresh version', other.oid::regcollation)
    from (${others}) as other where oid <> 100`

/**
 * Builds each index of a restored copy anew whose text is sorted by other rules here than where it was made: entries would
 * lie where nobody looks for them, and a unique one would take the same value twice. Answers their names.
 */
export async function reindexOthers(server: RestoredServer, say: Say): Promise<readonly string[]> {
  const rebuilt: string[] = []
  for (const database of await databasesIn(server)) {
    const client = await server.connect(database)
    try {
      for (const name of await textsOf(client, indexes, 'name')) {
        say(`building ${name} anew`)
        await client.query(`reindex index ${name}`).catch((error: unknown) => {
          throw new OperatorError('restore', `the index ${name} cannot be built anew: ${messageOf(error)}`, [
            'text is sorted by other rules here than where the backup was made: restore on a machine of the same release',
          ])
        })
        rebuilt.push(name)
      }
      for (const statement of await textsOf(client, statements, 'text')) await client.query(statement)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  return rebuilt
}

async function textsOf(client: Client, query: string, column: string): Promise<readonly string[]> {
  const { rows } = await client.query<Record<string, string>>(query)
  return rows.flatMap((row) => row[column] ?? [])
}
