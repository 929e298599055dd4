import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { Client } from 'pg'
import { messageOf } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'
import { connectTrusting } from '../../../src/engines/postgres.ts'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'
import { emulatorOf } from '../../../src/targets/aws/on-emulator.ts'
import { at } from '../../../src/targets/aws/template.ts'
import { planned } from './instances.ts'

/** From here nobody can ask the database, which says nothing of it. */
export class NoWay extends Error {}

/** Where to sign in, and what knows the password. */
export type Way = { readonly address: string; readonly secret: string; readonly client: ClientSettings }

/** A way that is there answers within a second. */
const answersWithinMs = 10_000
/** The rotation changes the password of the database first, tries it, and only then shows it: seconds, of a function that starts. */
const shownWithinMs = 20_000
const againAfterMs = 250
const wrongPassword = '28P01'

/**
 * Signs in as the database's own user with what the secret says now. Who is refused for the password reads the secret again
 * and tries again: a rotation may be under way. Throws NoWay where nobody can ask from here.
 */
export async function signIn(way: Way, world: World): Promise<Client> {
  const until = world.now().getTime() + shownWithinMs
  for (;;) {
    try {
      return await once(way, world)
    } catch (error) {
      if (at(error, 'code') !== wrongPassword || world.now().getTime() > until) throw error
    }
    await world.sleep(againAfterMs)
  }
}

async function once({ address, secret, client }: Way, world: World): Promise<Client> {
  const [host = '', port] = address.split(':')
  const asked = new GetSecretValueCommand({ SecretId: secret })
  const found: unknown = JSON.parse((await new SecretsManagerClient(client).send(asked)).SecretString ?? '{}')
  const [user, password] = ['username', 'password'].map((name) => String(at(found, name)))
  const server = { host, port: Number(port), database: planned.database, user: user ?? '', password: password ?? '' }
  try {
    return await connectTrusting(server, await authorities(world), 'edge-check', answersWithinMs)
  } catch (error) {
    const because = whyNoWay(error, address, world)
    throw because === undefined ? error : new NoWay(because)
  }
}

/**
 * Whether a server goes as far as a password over a connection that is not encrypted: it is shown a wrong one. One that wants TLS
 * refuses before. Throws NoWay as `signIn` does.
 */
export async function asksInClear(address: string, world: World): Promise<boolean> {
  const [host = '', port] = address.split(':')
  const { database, user } = planned
  const server = { host, port: Number(port), database, user, password: 'none', ssl: false }
  const client = new Client({ ...server, connectionTimeoutMillis: answersWithinMs, application_name: 'edge-check' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch (error) {
    const because = whyNoWay(error, address, world)
    if (because !== undefined) throw new NoWay(because)
    return at(error, 'code') === wrongPassword
  } finally {
    await client.end().catch(() => undefined)
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
