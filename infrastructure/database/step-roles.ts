import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import type { Observation, Step } from '../../src/core/plan.ts'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { connect, type PgAddress, withClient } from '../../src/engines/postgres.ts'
import { scramSecret } from '../../src/engines/scram.ts'
import type { Addresses } from './addresses.ts'
import type { Member } from './members.ts'
import { ownTables } from './own-tables.ts'
import type { DatabaseSettings } from './settings.ts'

const primaryWithinMs = 90_000

/** What stands for a password must not reach the log of a server that logs statements, nor its statistics. */
export const quietly = [
  'set log_statement = none',
  'set pg_stat_statements.track_utility = off',
  'set log_min_duration_statement = -1',
  'set log_min_error_statement = panic',
] as const

/** Roles and their passwords, least privilege first; every statement may run again. */
function clusterStatements(addresses: Addresses, { pool }: DatabaseSettings, client: Client): readonly string[] {
  // As the pool has it, see there; and no password is ever sent to the server.
  const role = ({ user: name, password }: PgAddress): string =>
    `do $$ begin
       if not exists (select from pg_roles where rolname = '${name}') then create role ${name}; end if;
     end $$;
     alter role ${name} with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit -1 valid until 'infinity' password ${client.escapeLiteral(scramSecret(name, password, addresses.superuser.password))}`
  const [app, session] = [addresses.app.user, addresses.session.user]
  return [
    ...quietly,
    role(addresses.owner),
    role(addresses.app),
    role(addresses.edge),
    role(addresses.session),
    'grant pg_monitor, pg_signal_backend to edge',
    `grant ${app} to ${session}`,
    // It is `app` as soon as it is in: what it sees, and what a policy says of it, is the same by either door.
    `alter role ${session} set role = ${app}`,
    `alter role ${session} connection limit ${pool.session}`,
  ]
}

const databaseStatements = [
  'create extension if not exists pg_stat_statements',
  'revoke all on database app from public',
  'grant connect, temporary on database app to app, edge, app_owner',
  'revoke create on schema public from public',
  'create schema if not exists edge authorization edge',
  // The app's room keeps here what it has applied, so that a restored database knows it by itself.
  'grant usage, create on schema edge to app_owner',
  // An app whose migrations grant nothing can use what they make; `app` still makes and drops nothing itself.
  'alter default privileges for role app_owner grant usage on schemas to app',
  'alter default privileges for role app_owner grant select, insert, update, delete on tables to app',
  'alter default privileges for role app_owner grant usage, select on sequences to app',
  ...ownTables,
  // Version 0.2 kept here what its drills measured; it is measured anew into the records.
  'drop table if exists edge.pool_drill',
  ...['heartbeat', 'marker'].map((table) => `alter table edge.${table} owner to edge`),
]

/** The database `app`, its roles, and edge's own schema in it. */
export function rolesStep(addresses: Addresses, members: readonly Member[], settings: DatabaseSettings): Step {
  const wanted = createHash('sha256')
    .update(JSON.stringify([databaseStatements, String(clusterStatements), settings.pool.session]))
    .digest('hex')
    .slice(0, 16)
  return {
    kind: 'step',
    name: 'roles',
    component: 'database',
    title: 'roles',
    after: ['haproxy', ...members],
    observe: (world) => observe(addresses, settings, wanted, world),
    ensure: async (world) => {
      const superuser = await connectToPrimary(addresses, world)
      try {
        for (const statement of clusterStatements(addresses, settings, superuser)) await superuser.query(statement)
        const { rowCount } = await superuser.query("select from pg_database where datname = 'app'")
        if (rowCount === 0) await superuser.query('create database app owner app_owner')
        await superuser.query('alter database app with allow_connections true connection limit -1')
      } finally {
        await superuser.end()
      }
      await withClient({ ...addresses.superuser, database: 'app' }, async (client) => {
        await client.query(databaseStatements.join(';\n'))
        await client.query(`comment on database app is 'edge ${wanted}'`)
      })
    },
    detail: async () => 'app, app_owner, app_session, edge',
  }
}

async function observe(
  addresses: Addresses,
  settings: DatabaseSettings,
  wanted: string,
  world: World,
): Promise<Observation> {
  const superuser = await connectToPrimary(addresses, world)
  try {
    const { rows } = await superuser.query<{ comment: string | null }>(
      "select shobj_description(oid, 'pg_database') as comment from pg_database where datname = 'app'",
    )
    if (rows[0]?.comment !== `edge ${wanted}`) return { missing: 'the database app with its roles' }
    const wrong = (await roleWithOtherRights(superuser, addresses)) ?? (await keptOut(superuser, addresses, settings))
    if (wrong !== undefined) return { missing: wrong }
    if (!(await countsStatements(addresses))) return { missing: 'pg_stat_statements' }
    const other = await roleWithOtherPassword(superuser, addresses)
    if (other !== undefined) return { missing: `${other} was given another password` }
  } finally {
    await superuser.end()
  }
  // Not by the doors of clients: one that is full says nothing of a role.
  const direct = { ...addresses.superuser, database: 'app' }
  const signIns = [addresses.owner, addresses.app, addresses.edge].map((role) => ({ ...direct, ...roleOf(role) }))
  const problems = await Promise.all(
    signIns.map((address) =>
      withClient(address, (client) => client.query('select 1')).then(
        () => undefined,
        (error: unknown) => `${address.user} cannot sign in: ${messageOf(error)}`,
      ),
    ),
  )
  const problem = problems.find((found) => found !== undefined)
  return problem === undefined ? 'done' : { missing: problem }
}

/** Not by the pool, as its databases may be full. */
const countsStatements = (addresses: Addresses): Promise<boolean> =>
  withClient({ ...addresses.superuser, database: 'app' }, async (client) => {
    const { rowCount } = await client.query("select from pg_extension where extname = 'pg_stat_statements'")
    return rowCount === 1
  })

/** The same password set anew has another salt: it lets its owner in, but not the pool, which keeps the line of before. */
export async function roleWithOtherPassword(superuser: Client, addresses: Addresses): Promise<string | undefined> {
  const roles = [addresses.owner, addresses.app, addresses.edge, addresses.session]
  const { rows } = await superuser.query<{ name: string; secret: string }>(
    'select rolname as name, rolpassword as secret from pg_authid where rolname = any($1)',
    [roles.map(({ user }) => user)],
  )
  const secrets = new Map(rows.map(({ name, secret }) => [name, secret]))
  return roles.find(
    ({ user, password }) => secrets.get(user) !== scramSecret(user, password, addresses.superuser.password),
  )?.user
}

/** A hand that helped itself for once (`alter role app superuser`) leaves a door open that nobody sees. */
async function roleWithOtherRights(superuser: Client, addresses: Addresses): Promise<string | undefined> {
  const { rows } = await superuser.query<{ name: string }>(
    `select rolname as name from pg_roles
      where rolname = any($1) and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)`,
    [namesOf(addresses)],
  )
  const [more] = rows
  return more && `${more.name} was given rights of its own`
}

const namesOf = ({ owner, app, edge, session }: Addresses): readonly string[] =>
  [owner, app, edge, session].map(({ user }) => user)

/**
 * Who does not get in any more, or not as often as the pools ask: what is open goes on for half an hour, and nobody notices
 * before that.
 */
export async function keptOut(
  superuser: Client,
  addresses: Addresses,
  { pool }: Pick<DatabaseSettings, 'pool'>,
): Promise<string | undefined> {
  const { rows } = await superuser.query<{ name: string; out: boolean; clients: number }>(
    `select rolname as name, not rolcanlogin or coalesce(rolvaliduntil < now(), false) as out, rolconnlimit as clients
       from pg_roles where rolname = any($1)
     union all
     select 'the database app', not datallowconn, datconnlimit from pg_database where datname = 'app'`,
    [namesOf(addresses)],
  )
  const out = rows.find((row) => row.out)
  if (out) return `${out.name} takes no new connection`
  const limited = rows.find(({ name, clients }) => clients !== (name === addresses.session.user ? pool.session : -1))
  return limited && `${limited.name} takes ${limited.clients} connections at most`
}

const roleOf = ({ user, password }: { user: string; password: string }) => ({ user, password })

/** Waits for the first primary: on a new instance one of the members is made it a few seconds after its start. */
async function connectToPrimary(addresses: Addresses, world: World): Promise<Client> {
  const deadline = Date.now() + primaryWithinMs
  for (;;) {
    try {
      return await connect(addresses.superuser)
    } catch (error) {
      if (Date.now() > deadline) {
        const what = `no primary answers within ${primaryWithinMs / 1000} s: ${messageOf(error)}`
        throw new OperatorError('database', what, 'edge database status says who may lead, and the way out')
      }
      await world.sleep(100)
    }
  }
}
