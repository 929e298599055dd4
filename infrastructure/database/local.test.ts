import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { assertSound } from '../../src/core/graph.ts'
import { exampleInstance, exampleTls } from '../../test/example-instance.ts'
import { local } from './local.ts'
import { clusterSettings } from './render-patroni.ts'
import { databaseSettings } from './settings.ts'

const settings = databaseSettings.parse({})
const services = { names: async () => [], down: async () => undefined, remove: async () => undefined }
const archive = { archive_mode: 'on', archive_timeout: 60, archive_command: 'archive "$PWD" %p' }
const needs = {
  tls: exampleTls,
  takenOverAt: async () => undefined,
  services,
  archive,
  figures: undefined,
  logs: '/logs',
}
const room = local(exampleInstance, settings, needs)
const engines = room.plan.filter((part) => part.kind === 'engine')
const engine = (name: string) => engines.find((one) => one.name === name)

test.each(engines.flatMap((one) => one.files.map((file) => [one.name, basename(file.path), file.content] as const)))(
  'renders %s: %s',
  async (name, file, content) => {
    const shown = file === 'patroni.yml' ? `${name}.yml` : file
    await expect(content).toMatchFileSnapshot(`golden/${shown}`)
  },
)

test('renders the arguments of etcd', async () => {
  await expect(`${engine('etcd')?.command.join('\n')}\n`).toMatchFileSnapshot('golden/etcd.arguments')
})

test('makes a sound plan', () => {
  const certificate = { kind: 'step', name: 'certificate', component: 'app', title: 'certificate', after: [] } as const
  const done = { observe: async () => 'done' as const, ensure: async () => undefined }
  expect(() => assertSound([{ ...certificate, ...done }, ...room.plan])).not.toThrow()
})

test('puts no secret into arguments', () => {
  const secrets = Object.values(exampleInstance.secrets)
  const words = engines.flatMap((one) => one.command)
  expect(words.filter((word) => secrets.some((secret) => word.includes(secret)))).toEqual([])
})

test('keeps every file that holds a secret for its user alone', () => {
  const modes = engines.flatMap((one) => one.files.map((file) => file.mode ?? 0o600))
  expect(new Set(modes)).toEqual(new Set([0o600]))
})

test('gives each server a socket path that the kernel takes', () => {
  const longest = { ...exampleInstance, state: `/home/${'x'.repeat(32)}/.local/state/edge/production` }
  const deep = local(longest, settings, needs).plan
  const yaml = deep.flatMap((part) => (part.kind === 'engine' && part.name === 'pg1' ? part.files : []))[0]?.content
  const [, directory] = /unix_socket_directories: (.+)/.exec(yaml ?? '') ?? []
  // As HAProxy opens its own at first.
  expect(`${directory}/.s.PGSQL.32767.4194304.tmp`.length).toBeLessThanOrEqual(107)
})

test.each([0, 1, 3])('gives each member the memory that it has without others, beside %i replicas', (replicas) => {
  const { parameters } = clusterSettings(15 * 1024 ** 3, databaseSettings.parse({ replicas }), {}).postgresql
  expect(parameters['shared_buffers']).toBe('384MB')
})

test("puts the operator's parameters before edge's own", () => {
  const own = databaseSettings.parse({ parameters: { work_mem: '32MB' } })
  const { endpoint } = local(exampleInstance, own, needs)
  expect(endpoint.wanted.postgresql.parameters['work_mem']).toBe('32MB')
})

test('keeps what all pools may open together below what PostgreSQL accepts', () => {
  const { pool, maxConnections } = settings
  const [app, reader, probe, edge, direct] = [pool.maximum, pool.maximum, pool.maximum, 5, 30]
  expect(app + reader + pool.session + probe + edge + direct).toBeLessThan(maxConnections)
})

test('keeps the log of two checkpoints for a rewind, at a segment of it a minute', () => {
  const { parameters } = clusterSettings(exampleInstance.machine.memoryBytes, settings, archive).postgresql
  const minutes = Number(/^(\d+)min$/.exec(String(parameters['checkpoint_timeout']))?.[1])
  const megabytes = Number(/^(\d+)MB$/.exec(String(parameters['wal_keep_size']))?.[1])
  expect(megabytes).toBeGreaterThanOrEqual(2 * minutes * 16)
})
