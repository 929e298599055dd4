import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isAlive } from '../../src/core/process.ts'
import { duration } from '../../src/core/units.ts'
import { testWorld } from '../../test/world.ts'
import { loopbackOnly } from './check-loopback.ts'
import type { Machine } from './endpoint.ts'

const { world } = testWorld()
let state = ''
let started: number[] = []
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'loopback-'))
  started = []
})
afterEach(async () => {
  for (const pid of started.filter(isAlive)) process.kill(pid, 'SIGKILL')
  await rm(state, { recursive: true, force: true })
})

const listen = (host: string): string =>
  `const server = require('node:net').createServer().listen(0, '${host}', () => console.log(process.pid, server.address().port))`
const childThat = (script: string, options: string): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(script)}], ${options})`

/** Runs a program until the test ends; answers the numbers of the process and of the port that listens, in it or in a child. */
async function run(script: string, env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const main = child.pid ?? 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [listening = 0, port = 0] = line.split(' ').map(Number)
    started.push(...(child.exitCode === null ? [main] : []), ...(listening === main ? [] : [listening]))
    return { main, listening, port }
  }
  throw new Error('it does not listen')
}

const machine = (services: Readonly<Record<string, number>>, more: Partial<Machine> = {}): Machine => ({
  state,
  running: () => Promise.resolve(new Map(Object.entries(services).map(([name, pid]) => [pid, name]))),
  innerPorts: [],
  public: { service: 'nginx', listen: '127.0.0.1', ports: [] },
  asNginx: (command) => command,
  ...more,
})
const processes = ['api1', 'api2'].map((name) => ({ name, probe: { kind: 'socket' as const, path: name } }))
const ofTwo = { health: '/api/health', own: { processes, drain: duration('30 seconds') } }
const verdict = (on: Machine) => loopbackOnly({ machine: on, api: ofTwo }, world)

it.each(['127.0.0.1', '::1', '127.1.2.3'])('is kept where an API listens on %s', async (host) => {
  const { main } = await run(listen(host))
  expect(await verdict(machine({ api1: main }))).toMatchObject({
    is: 'kept',
    evidence: { facts: { listening: '1 sockets on loopback, 0 on other addresses', 'not running': ['api2'] } },
  })
})

it.each([
  ['0.0.0.0', '0.0.0.0'],
  ['::', '[::]'],
])('is broken where an API does not do as HOST says and listens on %s', async (host, shown) => {
  const { main, port } = await run(listen(host))
  expect(await verdict(machine({ api2: main }))).toMatchObject({
    is: 'broken',
    because: `api2 (node, pid ${main}) listens on ${shown}:${port}, which other machines reach without TLS`,
    next: 'have it listen on HOST and PORT of its environment alone, then edge deploy app',
  })
})

it('is broken where a child of an API does', async () => {
  const { main, listening, port } = await run(childThat(listen('0.0.0.0'), "{ stdio: 'inherit' }"))
  expect(await verdict(machine({ api1: main }))).toMatchObject({
    is: 'broken',
    because: `api1 (node, pid ${listening}) listens on 0.0.0.0:${port}, which other machines reach without TLS`,
  })
})

it('is broken where a child does that its parent has left behind', async () => {
  const leaves = `${childThat(listen('0.0.0.0'), "{ stdio: 'inherit', detached: true }")}.unref()`
  const { listening, port } = await run(leaves, { HOME: state })
  await expect
    .poll(() => verdict(machine({})))
    .toMatchObject({
      is: 'broken',
      because: `left behind (node, pid ${listening}) listens on 0.0.0.0:${port}, which other machines reach without TLS`,
      next: `it is not edge's any more: kill ${listening}, then edge deploy`,
    })
})

it('is broken where another engine does', async () => {
  const { main, port } = await run(listen('0.0.0.0'))
  expect(await verdict(machine({ haproxy: main }))).toMatchObject({
    is: 'broken',
    because: `haproxy (node, pid ${main}) listens on 0.0.0.0:${port}, which other machines reach without TLS`,
    next: 'edge plan says what a hand has changed; edge deploy puts haproxy back',
  })
})

it('is broken where a program of somebody else has a port of the instance open to others', async () => {
  const own = await run(listen('127.0.0.1'))
  const { port } = await run(listen('0.0.0.0'))
  expect(await verdict(machine({ api1: own.main }, { innerPorts: [port] }))).toMatchObject({
    is: 'broken',
    because: `another program listens on 0.0.0.0:${port}, which other machines reach without TLS`,
  })
})

it('is kept where the public edge listens as it is configured to, and nowhere else', async () => {
  const api = await run(listen('127.0.0.1'))
  const { main, port } = await run(listen('0.0.0.0'))
  const edge = (host: string, ports: readonly number[]) =>
    verdict(machine({ api1: api.main, nginx: main }, { public: { service: 'nginx', listen: host, ports } }))
  expect([await edge('0.0.0.0', [port]), await edge('::', [port])]).toMatchObject([{ is: 'kept' }, { is: 'kept' }])
  expect([await edge('127.0.0.1', [port]), await edge('0.0.0.0', [])]).toMatchObject([
    { is: 'broken' },
    { is: 'broken' },
  ])
})

it('is not kept by processes that are not there', async () => {
  const { main } = await run(listen('127.0.0.1'))
  expect([await verdict(machine({})), await verdict(machine({ nginx: main }))]).toMatchObject([
    { is: 'broken', because: 'nothing listens at all' },
    { is: 'broken', because: 'the API does not run' },
  ])
})
