import type { Client } from 'pg'
import type { Observation, Step } from '../../src/core/plan.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import type { DatabaseSettings } from './settings.ts'
import { type Spare, spareRoles } from './spare.ts'
import { quietly } from './step-roles.ts'

const both: readonly string[] = Object.values(spareRoles)

/** The roles of the spare ways in are there while passwords are replaced, and never else. */
export function spareStep(addresses: Addresses, spare: Spare | undefined, { pool }: DatabaseSettings): Step {
  const server = { ...addresses.superuser, database: 'app' }
  return {
    kind: 'step',
    name: 'spare',
    component: 'database',
    title: 'spare way in',
    after: ['roles'],
    observe: () => withClient(server, (client) => observe(client, spare)),
    ensure: async () => {
      const path = spare ? await pathOf(addresses) : ''
      await withClient(server, async (client) => {
        const statements = spare ? made(addresses, spare, pool.session, path, client) : await removed(client)
        for (const statement of [...quietly, ...statements]) await client.query(statement)
      })
    },
    detail: async () => (spare ? 'open while passwords are replaced' : 'closed'),
  }
}

async function observe(client: Client, spare: Spare | undefined): Promise<Observation> {
  const { rows } = await client.query<{ name: string; secret: string }>(
    'select rolname as name, rolpassword as secret from pg_authid where rolname = any($1)',
    [both],
  )
  if (!spare)
    return rows.length === 0 ? 'done' : { missing: `${rows.map(({ name }) => name).join(', ')} may still sign in` }
  const wrong = both.find((role) => rows.find(({ name }) => name === role)?.secret !== spare.secrets[role])
  return wrong === undefined ? 'done' : { missing: `${wrong} cannot sign in yet` }
}

/** Where the app's sessions look for a name, by all that says so; "$user" would be another schema under another name. */
async function pathOf({ superuser, app }: Addresses): Promise<string> {
  const direct = { ...superuser, database: 'app', user: app.user, password: app.password }
  const { rows } = await withClient(direct, (client) =>
    client.query<{ path: string }>("select current_setting('search_path') as path"),
  )
  return (rows[0]?.path ?? '').replaceAll('"$user"', app.user)
}

function made(
  { app, session }: Addresses,
  { secrets }: Spare,
  sessions: number,
  path: string,
  client: Client,
): readonly string[] {
  const each = both.flatMap((role) => [
    `do $$ begin
       if not exists (select from pg_roles where rolname = '${role}') then create role ${role}; end if;
     end $$`,
    `alter role ${role} with login password ${client.escapeLiteral(secrets[role] ?? '')}`,
    `grant ${app.user} to ${role}`,
  ])
  return [
    ...each,
    // What an operator has set for the app's sessions holds for these, too.
    ...copied(app.user, spareRoles.pool),
    ...copied(session.user, spareRoles.session),
    // As PostgreSQL shows it, a list of quoted names.
    ...(path === '' ? [] : [`alter role ${spareRoles.pool} in database app set search_path = ${path}`]),
    `alter role ${spareRoles.session} set role = ${app.user}`,
    `alter role ${spareRoles.session} connection limit ${sessions}`,
  ]
}

const copied = (from: string, to: string): readonly string[] => [
  `delete from pg_db_role_setting where setrole = '${to}'::regrole`,
  `insert into pg_db_role_setting
     select setdatabase, '${to}'::regrole, setconfig from pg_db_role_setting where setrole = '${from}'::regrole`,
]

/** Nobody uses it any more: what is open are connections that the pool keeps. What was made under its name stays. */
async function removed(client: Client): Promise<readonly string[]> {
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = any($1)', [both])
  const { rows } = await client.query<{ name: string }>(
    'select rolname as name from pg_roles where rolname = any($1)',
    [both],
  )
  return rows.flatMap(({ name }) => [`reassign owned by ${name} to app`, `drop owned by ${name}`, `drop role ${name}`])
}
