import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../../app/test-database.ts'
import { allFingerprints } from './fingerprints.ts'

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await startTestDatabase()
  client = new Client({ connectionString: database.ownerUrl })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await database?.remove()
})

it('are of whole rows, also where a column has the name by which a row is asked for', async () => {
  await client.query("create table named (t text, other text); insert into named values ('same', 'one'), (null, 'two')")
  const before = await allFingerprints(client)
  await client.query("update named set other = 'another' where t is null")
  const after = await allFingerprints(client)
  expect(before['public.named']?.rows).toBe(2)
  expect(after['public.named']).toMatchObject({
    rows: 2,
    sum: expect.not.stringMatching(before['public.named']?.sum ?? ''),
  })
  await client.query("update named set other = 'two' where t is null")
  expect((await allFingerprints(client))['public.named']).toEqual(before['public.named'])
})
