import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { innerPorts } from '../src/config/ports.ts'
import { type EdgeRun, TestInstance } from './instance.ts'
import { freePorts } from './ports.ts'
import { SlowApp } from './slow-app.ts'
import { seenDuring, takes } from './slow-replacements.ts'

let app: SlowApp
beforeAll(async () => {
  app = await SlowApp.up()
})
afterAll(() => app.instance.remove())

/** Writes other ports into the configuration, each by the name of its field, and brings the instance there. */
async function move(ports: Readonly<Record<string, number | undefined>>, instance = app.instance): Promise<EdgeRun> {
  const { file } = instance
  const before = await readFile(file, 'utf8')
  const after = Object.entries(ports).reduce(
    (text, [field, port]) => text.replace(new RegExp(String.raw`(?<=\b${field}: )\d+`), String(port)),
    before,
  )
  await writeFile(file, after)
  return instance.edge(['up', '--yes', '--no-load-test'])
}

const noneFailed = /replaced +0 requests cut, 0 of \d+ of its own failed/

it('the processes of the API move to other ports, and no visitor notices it', takes, async () => {
  const [first] = await freePorts(innerPorts)
  const seen = await seenDuring(app, '/api/slow/500', () => move({ first }))
  expect(seen.failed).toEqual([])
  expect(seen.said).toMatch(new RegExp(String.raw`! ports\.first: the database moves to ports from ${first} on`))
  expect(seen.said).toMatch(noneFailed)
  expect(await app.verdict()).toMatchObject({ verdict: 'kept' })
})

it('the site moves to other ports, which is said first, and no request of the API is cut', takes, async () => {
  const [https, http] = await freePorts(2)
  const { code, stdout, stderr } = await move({ https, http })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(new RegExp(String.raw`! serve: the site moves to port ${https} [\s\S]*✓ api1`))
  expect(stdout).toMatch(noneFailed)
  expect(await app.verdict()).toMatchObject({ verdict: 'kept' })
})

it('the pool moves to another port, which is said first', takes, async () => {
  const [pooler] = await freePorts(1)
  const { code, stdout, stderr } = await move({ pooler })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(new RegExp(String.raw`! ports\.pooler: the pool moves to port ${pooler}: [\s\S]*✓ pgbouncer`))
  expect(await app.verdict()).toMatchObject({ verdict: 'kept' })
  expect((await move({})).stdout).not.toContain(' moves to ')
})

/** Longer than Prometheus waits between two looks: it meets those that have moved already where they were. */
const slowToStart = `#!/usr/bin/env -S node
const { createServer } = require('node:http')
setTimeout(() => createServer((_, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1'), 12_000)
`

it('what measures moves, too, and nothing is called broken for want of figures', { timeout: 300_000 }, async () => {
  const instance = await TestInstance.make(`directory: import.meta.dirname, monitoring: { enabled: true },
  site: {
    static: 'public',
    api: { command: ['./server'], health: '/api/health', sources: ['server'] },
    migrations: undefined,
  },`)
  onTestFinished(() => instance.remove())
  const [page, server] = [join(instance.folder, 'public'), join(instance.folder, 'server')]
  await mkdir(page)
  await writeFile(join(page, 'index.html'), '<title>measured</title>')
  await writeFile(server, slowToStart)
  await chmod(server, 0o755)
  await instance.must('up', '--no-load-test')
  const verdict = () => instance.verdict('database.monitoring')
  await expect.poll(verdict, { timeout: 90_000, interval: 1000 }).toBe('kept: ')
  const [first] = await freePorts(innerPorts)
  const { code, stdout } = await move({ first }, instance)
  expect([code, stdout]).toEqual([0, expect.stringContaining('broken 0')])
  await expect.poll(verdict, { timeout: 90_000, interval: 1000 }).toBe('kept: ')
})
