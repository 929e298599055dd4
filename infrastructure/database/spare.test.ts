import { expect, test } from 'vitest'
import type { Rotation } from '../../src/core/instance.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { addressesOf } from './addresses.ts'
import { pgbouncerUsers } from './render-pgbouncer.ts'
import { clientsOf, spareOf } from './spare.ts'

const rotation: Rotation = {
  stage: 'aside',
  spare: 'of-the-spare-way',
  before: { superuser: 'superuser-secret', app: 'app-secret' },
  after: { superuser: 'another-superuser', app: 'another-app' },
}
const aside = { ...exampleInstance, rotation }
const back = {
  ...exampleInstance,
  secrets: { ...exampleInstance.secrets, ...rotation.after },
  rotation: { ...rotation, stage: 'back' as const },
}
const clients = (instance: typeof exampleInstance) => {
  const { app, reader, session } = clientsOf(addressesOf(instance, '/ca.crt'), spareOf(instance))
  return [app, reader, session].map(({ user, password }) => `${user} ${password}`)
}
const lines = (instance: typeof exampleInstance): ReadonlyMap<string, string> =>
  new Map(
    pgbouncerUsers(instance)
      .trim()
      .split('\n')
      .map((line) => [line.split(' ')[0] ?? '', line]),
  )

test('leads programs aside while passwords are replaced, and back when the new ones are in force', () => {
  expect(clients(exampleInstance)).toEqual(['app app-secret', 'app app-secret', 'app_session app-secret'])
  expect(clients(aside)).toEqual([
    'app_spare of-the-spare-way',
    'app_spare of-the-spare-way',
    'app_session_spare of-the-spare-way',
  ])
  expect(clients(back)).toEqual(['app another-app', 'app another-app', 'app_session another-app'])
})

test('accepts both while programs are replaced one by one', () => {
  expect(lines(exampleInstance).has('"app_spare"')).toBe(false)
  // Those that go aside, and those that have not yet.
  expect(lines(aside).get('"app"')).toBe(lines(exampleInstance).get('"app"'))
  // Those that come back, and those that are still aside: with another salt the pool would sign in for them no more.
  expect(lines(back).get('"app"')).not.toBe(lines(aside).get('"app"'))
  expect(lines(back).get('"app_spare"')).toBe(lines(aside).get('"app_spare"'))
  expect(lines(back).get('"app_spare"')).toContain('SCRAM-SHA-256')
})
