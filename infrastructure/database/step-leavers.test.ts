import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { listen } from '../../test/listen.ts'
import { testWorld } from '../../test/world.ts'
import { noteAtWork } from '../../src/targets/local/at-work.ts'
import { clusterOf } from './cluster.ts'
import { slotsNoteOf, slotsStep } from './step-leavers.ts'

test('keeps the places of absent members again after a deployment that was killed', async () => {
  const { world } = testWorld()
  const state = await mkdtemp(join(tmpdir(), 'edge-slots-'))
  onTestFinished(() => rm(state, { recursive: true }))
  await mkdir(join(state, 'run'))
  const told: string[] = []
  const patroni = createServer((request, response) => {
    request.on('data', (text) => told.push(`${request.method} ${request.url} ${String(text)}`))
    request.on('end', () => response.end('{}'))
  })
  const port = await listen(patroni)
  onTestFinished(() => void patroni.close().closeAllConnections())
  const tls = { ca: '/none', certificate: '/none', key: '/none' }
  const cluster = clusterOf(exampleInstance, tls, ['pg1'])
  const step = slotsStep({ ...cluster, restApi: { ...cluster.restApi, pg1: `http://127.0.0.1:${port}` } }, state)
  expect(await step.observe(world)).toBe('done')
  const keptAgain = await noteAtWork(slotsNoteOf(state), new Date())
  // A deployment is at work.
  expect(await step.observe(world)).toBe('done')
  await keptAgain()
  await writeFile(slotsNoteOf(state), JSON.stringify({ pid: 2 ** 30, at: new Date().toISOString() }))
  const seen = await step.observe(world)
  expect(seen).toEqual({ missing: expect.stringContaining('was killed') })
  if (seen === 'done') return
  await step.ensure(world, seen)
  expect(told).toEqual(['PATCH /config {"member_slots_ttl":1800}'])
  expect(await step.observe(world)).toBe('done')
})
