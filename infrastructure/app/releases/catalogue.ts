import type { Client } from 'pg'
import { type Catalogue, catalogueSchema } from './expansion.ts'

/** What is PostgreSQL's own or edge's is no part of the app's schema; a table's partitions come and go. */
const ofTheApp = (schema: string): string =>
  `${schema}.nspname not in ('information_schema', 'edge') and ${schema}.nspname !~ '^pg_'`

const relations = `
  select format('%I.%I', n.nspname, c.relname) as name,
         case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'view' else 'table' end as kind,
         (select coalesce(json_object_agg(a.attname, json_build_object(
                   'type', format_type(a.atttypid, a.atttypmod),
                   'nullable', not a.attnotnull,
                   'filled', a.atthasdef or a.attidentity <> '')), '{}')
            from pg_attribute a
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
         (select coalesce(json_agg(r.right order by r.right), '[]')
            from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as r("right")
           where c.relkind <> 'S' and has_table_privilege($1, c.oid, r.right)) as allowed
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and not c.relispartition and ${ofTheApp('n')}`

const functions = `
  select format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as name,
         coalesce(pg_get_function_result(p.oid), 'nothing') as returns
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where ${ofTheApp('n')}`

/** The schema of the app as its role may use it. Rejects with the server's own error. */
export async function readCatalogue(client: Client, role: string): Promise<Catalogue> {
  const found = await client.query<{ name: string }>(relations, [role])
  const named = await client.query<{ name: string; returns: string }>(functions)
  return catalogueSchema.parse({
    relations: Object.fromEntries(found.rows.map(({ name, ...relation }) => [name, relation])),
    functions: Object.fromEntries(named.rows.map(({ name, returns }) => [name, returns])),
  })
}
