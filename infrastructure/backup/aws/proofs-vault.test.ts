import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readBackOf } from '../../../src/targets/aws/proof.ts'
import { listen } from '../../../test/listen.ts'
import { vaultProofs } from './proofs-vault.ts'
import { clientOf } from '../../../test/emulator-client.ts'

let answer: object = {}
const api = createServer((_, response) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
})
let address = ''
beforeAll(async () => {
  address = `http://127.0.0.1:${await listen(api)}`
})
afterAll(() => api.close())

async function seen(lock: 'governance' | 'compliance', described: object) {
  const proof = vaultProofs(7, lock).find(({ fact }) => fact.startsWith('days that the lock keeps'))
  const readBack = proof && readBackOf(proof)
  if (!readBack) throw new Error('nothing reads the lock back')
  answer = described
  const client = clientOf(address)
  return { has: await readBack({ client, id: (name) => name, named: (text) => text }), is: proof.is }
}

const until = { LockDate: 1_780_000_000 }

it.each([
  ['governance', { MinRetentionDays: 7 }],
  ['compliance', { MinRetentionDays: 7, ...until }],
] as const)('a lock in %s mode is read back as it has to be', async (lock, described) => {
  const { has, is } = await seen(lock, described)
  expect(has).toEqual(is)
})

it.each([
  ['governance', { MinRetentionDays: 7, ...until }],
  ['compliance', { MinRetentionDays: 7 }],
  ['compliance', { MinRetentionDays: 6, ...until }],
] as const)('one that is not of %s mode, or for fewer days, is found out', async (lock, described) => {
  const { has, is } = await seen(lock, described)
  expect(has).not.toEqual(is)
})
