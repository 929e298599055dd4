import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { clientOf } from '../../../test/emulator-client.ts'
import { MiniStack } from '../../../test/ministack/ministack.ts'
import { testWorld } from '../../../test/world.ts'
import { TwoServers } from '../proofs/two-servers.ts'
import { type Door, throughDoor } from './doors.ts'

const clientsAtEach = 4
const doors = ['pool', 'session', 'reader'] as const satisfies readonly Door[]
const rotations = 3
/** Lambda sets the password, tries it, and shows it then. */
const hiddenForMs = 1500

let emulator: MiniStack
let servers: TwoServers
let client: ReturnType<typeof clientOf>
beforeAll(async () => {
  ;[emulator, servers] = await Promise.all([MiniStack.start(), TwoServers.start()])
  client = clientOf(emulator.address)
  const SecretString = JSON.stringify(servers.signIn)
  await new SecretsManagerClient(client).send(new CreateSecretCommand({ Name: 'trial', SecretString }))
})
afterAll(async () => {
  await servers.stop()
  await emulator.stop()
})

const worldOfClients = () => testWorld({ env: { PGSSLROOTCERT: servers.authority } }).world
const at = (door: Door, statement: string) => {
  const { pool, session, reader } = servers
  const ways = { pool, session, reader, secret: 'trial' }
  return throughDoor(door, { doors: ways, deployed: { client } }, worldOfClients(), (one) => one.query(statement))
}

/** What Secrets Manager's function for one user does: the database first, and what everybody reads at the end. */
async function rotate(password: string): Promise<void> {
  await at('pool', `alter role ${servers.signIn.username} password '${password}'`)
  await testWorld().world.sleep(hiddenForMs)
  const SecretString = JSON.stringify({ ...servers.signIn, password })
  await new SecretsManagerClient(client).send(new PutSecretValueCommand({ SecretId: 'trial', SecretString }))
}

it('refuses no client at any door who reads the secret again, while the password is changed again and again', async () => {
  const end = new AbortController()
  const signedIn = { pool: 0, session: 0, reader: 0 }
  const come = async (door: Door): Promise<void> => {
    while (!end.signal.aborted) {
      await at(door, 'select 1')
      signedIn[door] += 1
    }
  }
  const clients = Array.from({ length: clientsAtEach }, () => doors.map(come)).flat()
  // A failure is not looked for before the end, and no reason to end this process meanwhile.
  const all = Promise.all(clients)
  all.catch(() => undefined)
  const seen: (typeof signedIn)[] = []
  for (let time = 1; time <= rotations; time += 1) {
    await rotate(`rotated-${time}`)
    const before = { ...signedIn }
    await expect.poll(() => doors.every((door) => signedIn[door] > before[door])).toBe(true)
    seen.push({ ...signedIn })
  }
  end.abort()
  await all
  expect(seen.length).toBe(rotations)
  const { SecretString } = await new SecretsManagerClient(client).send(new GetSecretValueCommand({ SecretId: 'trial' }))
  expect(SecretString).toContain(`rotated-${rotations}`)
})

it('says that the password is wrong where the secret never tells another', async () => {
  const SecretString = JSON.stringify({ ...servers.signIn, password: 'nobody has this' })
  await new SecretsManagerClient(client).send(new PutSecretValueCommand({ SecretId: 'trial', SecretString }))
  await expect(at('session', 'select 1')).rejects.toThrow('password authentication failed')
})
