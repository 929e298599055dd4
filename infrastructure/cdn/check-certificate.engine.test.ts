import { rm, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { certificateStep, tlsFiles } from '../../src/targets/local/certificate.ts'
import { verdictsAt, whole } from './proofs/test-checks.ts'
import { TestEdge } from './proofs/test-edge.ts'

const { world } = testWorld()
let edge: TestEdge
beforeAll(async () => {
  edge = await TestEdge.make(whole)
})
afterAll(() => edge.remove())

const verdict = async () => (await verdictsAt(edge, 'certificate')).certificate

it('is kept where nginx shows what its files have', async () => {
  expect(await verdict()).toBe('kept')
})

// Each leaves files that nginx, which goes on with what it has in memory, would not start with, or shows others of.
it.each([
  ['certificate', 'is gone', (path: string) => rm(path)],
  ['key', 'is gone', (path: string) => rm(path)],
  ['certificate', 'is no certificate in PEM form', (path: string) => writeFile(path, 'damaged')],
  ['key', 'is no private key in PEM form', (path: string) => writeFile(path, 'damaged')],
] as const)('is broken where the %s %s on the disk', async (field, because, damage) => {
  const files = tlsFiles(edge.instance.state)
  await damage(files[field])
  expect(await verdict()).toContain(`broken: ${files[field]} ${because}`)
  await certificateStep(edge.instance.state, 'localhost').ensure(world, { missing: '' })
  expect(await verdict()).toBe(`broken: nginx shows another certificate than ${files.certificate} has`)
})
