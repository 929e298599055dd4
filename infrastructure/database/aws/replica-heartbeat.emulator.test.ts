import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { clientOf } from '../../../test/emulator-client.ts'
import { MiniStack } from '../../../test/ministack/ministack.ts'
import { TwoServers } from '../proofs/two-servers.ts'
import { planned } from './instances.ts'

let emulator: MiniStack
let servers: TwoServers
let secrets: SecretsManagerClient
let signIn: object
beforeAll(async () => {
  ;[emulator, servers] = await Promise.all([MiniStack.start(), TwoServers.start()])
  secrets = new SecretsManagerClient(clientOf(emulator.address))
  const [host, port] = servers.pool.split(':')
  // The attachment of the stack puts both beside the password.
  signIn = { ...servers.signIn, host, port: Number(port) }
  // RDS has it; who is in it signs in by a token.
  await servers.query('pool', 'create role rds_iam')
  await secrets.send(new CreateSecretCommand({ Name: 'trial', SecretString: JSON.stringify(signIn) }))
})
afterAll(async () => {
  await servers.stop()
  await emulator.stop()
})

/** As Lambda runs it: in a process of its own, which is told of the authorities before it begins. */
const beats = (env: object = { NODE_EXTRA_CA_CERTS: servers.authority }) =>
  promisify(execFile)(
    process.execPath,
    [
      '-e',
      `require('${import.meta.dirname}/bundled/replica-heartbeat.cjs').handler().catch((error) => { throw error })`,
    ],
    {
      env: {
        ...process.env,
        ...emulator.environment,
        SECRET: 'trial',
        DATABASE: planned.database,
        READER: planned.reader,
        ...env,
      },
    },
  )

/** What RDS takes ReplicaLag from. */
async function lastReplayed(): Promise<string> {
  const [row] = await servers.query('reader', 'select pg_last_xact_replay_timestamp()::text as at')
  return String(Object(row).at)
}
const xids = async (): Promise<number> => {
  const [row] = await servers.query('pool', 'select txid_snapshot_xmax(txid_current_snapshot())::int as next')
  return Number(Object(row).next)
}

it('has the replica see a transaction of a primary that nobody writes to', async () => {
  const before = await lastReplayed()
  const next = await xids()
  await beats()
  await expect.poll(lastReplayed).not.toBe(before)
  expect(await xids()).toBe(next + 1)
})

const ofHeartbeat = async () =>
  Object(
    (
      await servers.query('reader', "select number::int, now() - at < interval '1 minute' as young from edge.heartbeat")
    )[0],
  )

it('writes the heartbeat by which a restored copy is known, and leaves the number to those who count', async () => {
  await beats()
  await expect.poll(ofHeartbeat).toEqual({ number: 0, young: true })
})

it('has the app find and make its tables where it did before', async () => {
  await servers.query('pool', 'drop table if exists public.orders')
  await beats()
  await servers.query('pool', 'create table orders ()')
  expect(await servers.query('pool', "select 'orders'::regclass = 'public.orders'::regclass as same")).toEqual([
    { same: true },
  ])
})

it('makes who reads copies: by IAM alone, every row and none to write', async () => {
  await beats()
  const [role] = await servers.query(
    'pool',
    `select rolcanlogin, rolpassword is null as "has no password", rolsuper or rolcreaterole or rolcreatedb as may,
       array(select roleid::regrole::text from pg_auth_members where member = oid order by 1) as groups
     from pg_authid where rolname = '${planned.reader}'`,
  )
  const groups = ['pg_read_all_data', 'rds_iam']
  expect(role).toEqual({ rolcanlogin: true, 'has no password': true, may: false, groups })
})

it('fails, for the log of the function, where the password is wrong or the server nobody’s it knows', async () => {
  await expect(beats({ NODE_EXTRA_CA_CERTS: '' })).rejects.toThrow('self-signed certificate')
  const wrong = JSON.stringify({ ...signIn, password: 'nobody has this' })
  await secrets.send(new PutSecretValueCommand({ SecretId: 'trial', SecretString: wrong }))
  await expect(beats()).rejects.toThrow('password authentication failed')
})
