import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Client } from 'pg'
import { type Check, notClaimed } from '../../../src/core/check.ts'
import { messageOf } from '../../../src/core/errors.ts'
import type { Duration } from '../../../src/core/units.ts'
import type { World } from '../../../src/core/world.ts'
import { connectTrusting } from '../../../src/engines/postgres.ts'
import type { ProvenStack } from '../../../src/targets/aws/declared.ts'
import { emulatorOf } from '../../../src/targets/aws/on-emulator.ts'
import { at } from '../../../src/targets/aws/template.ts'
import { ownTables } from '../own-tables.ts'
import { planned } from './instances.ts'
import type { DeployedDatabase } from './outputs.ts'

/** What the checks of the database look at on AWS. */
export type DatabaseEndpointOnAws = ProvenStack & {
  readonly doors: Pick<DeployedDatabase, 'pool' | 'reader' | 'secret' | 'heartbeats'>
  /** How old what a reader sees may be. */
  readonly staleness: Duration
}

type Door = 'pool' | 'reader'

/** From here nobody can ask the database, which says nothing of it. */
class NoWay extends Error {}

/** A check that asks the database by SQL; not claimed where there is no way to it. */
export const bySql =
  (check: Check<DatabaseEndpointOnAws>): Check<DatabaseEndpointOnAws> =>
  async (endpoint, world) => {
    try {
      return await check(endpoint, world)
    } catch (error) {
      if (error instanceof NoWay) return notClaimed(error.message)
      throw error
    }
  }

/** Both checks may come first, and two runs of them at once: one waits for the other. */
const ownSchema = `do $$ begin
  perform pg_advisory_xact_lock(hashtext('edge'));
  if to_regclass('edge.marker') is null then
    create schema if not exists edge;
    ${ownTables.join(';\n    ')};
  end if;
end $$`

/** Through the pool, as the database's own user, with edge's schema in it. */
export const throughPool = <Result>(
  endpoint: DatabaseEndpointOnAws,
  world: World,
  use: (client: Client) => Promise<Result>,
): Promise<Result> =>
  throughDoor('pool', endpoint, world, async (client) => {
    await client.query(ownSchema)
    return use(client)
  })

export async function throughDoor<Result>(
  door: Door,
  endpoint: DatabaseEndpointOnAws,
  world: World,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await signIn(door, endpoint, world)
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** A way that is there answers within a second. */
const answersWithinMs = 10_000

async function signIn(door: Door, { doors, deployed }: DatabaseEndpointOnAws, world: World): Promise<Client> {
  const [host = '', port] = doors[door].split(':')
  const asked = new GetSecretValueCommand({ SecretId: doors.secret })
  const secret: unknown = JSON.parse((await new SecretsManagerClient(deployed.client).send(asked)).SecretString ?? '{}')
  const [user, password] = ['username', 'password'].map((name) => String(at(secret, name)))
  const server = { host, port: Number(port), database: planned.database, user: user ?? '', password: password ?? '' }
  try {
    return await connectTrusting(server, await authorities(world), 'edge-check', answersWithinMs)
  } catch (error) {
    const because = whyNoWay(error, doors[door], world)
    throw because === undefined ? error : new NoWay(because)
  }
}

/** The pool's certificate is of an authority that all know; the instances' own is of Amazon's, as libpq is told of one. */
async function authorities({ env }: World): Promise<string[]> {
  const file = env['PGSSLROOTCERT'] ?? ''
  return file === '' ? [...rootCertificates] : [...rootCertificates, await readFile(file, 'utf8')]
}

const notFound = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])
const notTrusted = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
const bundle = 'https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem'

/** Why it is no fault of the database that nobody signs in; undefined where it may be one. */
function whyNoWay(error: unknown, address: string, world: Pick<World, 'env'>): string | undefined {
  const code = String(at(error, 'code'))
  if (emulatorOf(world) && (notFound.has(code) || code === 'ECONNREFUSED'))
    return `the emulator has no PostgreSQL at ${address}`
  if (notTrusted.has(code))
    return `nobody looked: the authority of the certificate of ${address} is not known here; PGSSLROOTCERT names the file of ${bundle}`
  // The driver's own words where nothing answers in time.
  if (notFound.has(code) || /timeout/.test(messageOf(error)))
    return `nobody looked: ${address} is not reached from here; run edge verify --target aws on a machine that aws.network.admits`
  return undefined
}
