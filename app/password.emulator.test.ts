import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MiniStack } from '../test/ministack/ministack.ts'
import { openDatabase, type PasswordSource } from './api/database.ts'
import { passwordIn } from './api/password-secret.ts'
import { queryAt, startTestDatabase, type TestDatabase } from './test-database.ts'

/** Secrets Manager's function sets the password, tries it, and shows it then. */
const hiddenForMs = 1500

let folder = ''
let postgres: TestDatabase
let emulator: MiniStack
let secrets: SecretsManagerClient
let superuser = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'app-password-'))
  await chmod(folder, 0o755)
  const rules = join(folder, 'pg_hba.conf')
  await writeFile(rules, 'host all app 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n')
  ;[postgres, emulator] = await Promise.all([startTestDatabase({ fsync: 'off', hba_file: rules }), MiniStack.start()])
  superuser = postgres.ownerUrl.replace('app_owner@', 'postgres@')
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  secrets = new SecretsManagerClient({ region: 'us-east-1', endpoint: emulator.address, credentials })
  await secrets.send(new CreateSecretCommand({ Name: 'trial', SecretString: text('first') }))
  await sets('first')
})
afterAll(async () => {
  await postgres.remove()
  await emulator.stop()
  await rm(folder, { recursive: true, force: true })
})

const text = (password: string): string => JSON.stringify({ username: 'app', password })
const sets = (password: string) => queryAt(superuser, [`alter role app password '${password}'`])
const shows = (password: string) =>
  secrets.send(new PutSecretValueCommand({ SecretId: 'trial', SecretString: text(password) }))

/** One that has not connected yet, as after a minute in which nobody came. */
async function asked(source?: PasswordSource): Promise<unknown> {
  const url = postgres.appUrl.replace('app@', 'app:first@')
  const database = openDatabase(url, new AbortController().signal, source)
  try {
    return await database.query('select current_user as who')
  } finally {
    await database.close()
  }
}

it('lets the API in with what the secret says, and again after another password is set', async () => {
  const source = passwordIn('trial', secrets)
  expect(await asked(source)).toEqual([{ who: 'app' }])
  await sets('second')
  const waiting = asked(source)
  await wait(hiddenForMs)
  await shows('second')
  expect(await waiting).toEqual([{ who: 'app' }])
  await expect(asked()).rejects.toThrow('password authentication failed')
})

it('says what is wrong with a secret without a password', async () => {
  await secrets.send(new PutSecretValueCommand({ SecretId: 'trial', SecretString: '{}' }))
  await expect(asked(passwordIn('trial', secrets))).rejects.toThrow('the secret trial has no password')
})
