import { expect, test } from 'vitest'
import { apiEnvironment, migrationEnvironment } from './environment.ts'

const whole = {
  HOST: '127.0.0.1',
  PORT: '9000',
  DATABASE_URL: 'postgresql://app@127.0.0.1/app',
  DATABASE_READER_URL: 'postgresql://app@127.0.0.1/app',
  UPLOADS_DIRECTORY: '/var/uploads',
  PUBLIC_URL: 'https://localhost:8443',
}

test('reads a whole environment', () => {
  expect(apiEnvironment(whole)).toMatchObject({ port: 9000, publicUrl: 'https://localhost:8443', logLevel: 'info' })
})

test('names all that is missing, at once', () => {
  expect(() => apiEnvironment({ ...whole, PORT: undefined, PUBLIC_URL: '' })).toThrow(
    'missing in the environment: PORT, PUBLIC_URL',
  )
})

test('has tables for the state, both or neither', () => {
  expect(apiEnvironment(whole).stateTables).toBeUndefined()
  const [sessions, preferences] = ['trial-sessions', 'trial-preferences']
  const one = { ...whole, STATE_SESSIONS_TABLE: sessions }
  expect(() => apiEnvironment(one)).toThrow('missing in the environment: STATE_PREFERENCES_TABLE')
  const both = { ...one, STATE_PREFERENCES_TABLE: preferences }
  expect(apiEnvironment(both).stateTables).toEqual({ sessions, preferences })
})

test('has a secret with the password where one is named', () => {
  const DATABASE_PASSWORD_SECRET = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:trial'
  expect(apiEnvironment({ ...whole, DATABASE_PASSWORD_SECRET }).passwordSecret).toBe(DATABASE_PASSWORD_SECRET)
  expect(apiEnvironment({ ...whole, DATABASE_PASSWORD_SECRET: '' }).passwordSecret).toBeUndefined()
})

test.each(['-1', '65536', '80a', '1e3'])('refuses the port %s', (port) => {
  expect(() => apiEnvironment({ ...whole, PORT: port })).toThrow(
    `PORT must be a whole number from 0 to 65535 (got ${port})`,
  )
})

test('reads what the migrations need', () => {
  const given = { DATABASE_URL: 'postgresql://owner@127.0.0.1/app', TEST_ACCOUNTS: '1000', TEST_PASSWORD: 'secret' }
  expect(migrationEnvironment(given).testAccounts).toBe(1000)
})
