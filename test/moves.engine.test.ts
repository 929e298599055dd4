import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { innerPorts } from '../src/config/ports.ts'
import { freePorts } from './ports.ts'
import { SlowApp } from './slow-app.ts'
import { seenDuring, takes } from './slow-replacements.ts'

let app: SlowApp
beforeAll(async () => {
  app = await SlowApp.up()
})
afterAll(() => app.instance.remove())

/** Writes another port into the configuration, by the name of its field. */
async function moveTo(ports: Readonly<Record<string, number | undefined>>): Promise<void> {
  const { file } = app.instance
  const before = await readFile(file, 'utf8')
  const after = Object.entries(ports).reduce(
    (text, [field, port]) => text.replace(new RegExp(String.raw`(?<=\b${field}: )\d+`), String(port)),
    before,
  )
  await writeFile(file, after)
}

const noneFailed = /replaced +0 requests cut, 0 of \d+ of its own failed/
const up = () => app.instance.edge(['up', '--yes', '--no-load-test'])

it('the processes of the API move to other ports, and no visitor notices it', takes, async () => {
  const [first] = await freePorts(innerPorts)
  await moveTo({ first })
  const seen = await seenDuring(app, '/api/slow/500', up)
  expect(seen.failed).toEqual([])
  expect(seen.said).toMatch(new RegExp(String.raw`! ports\.first: the database moves to ports from ${first} on`))
  expect(seen.said).toMatch(noneFailed)
  expect(await app.verdict()).toMatchObject({ verdict: 'kept' })
})

it('the site moves to other ports, which is said first, and no request of the API is cut', takes, async () => {
  const [https, http] = await freePorts(2)
  await moveTo({ https, http })
  const { code, stdout, stderr } = await up()
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(new RegExp(String.raw`! serve: the site moves to port ${https} [\s\S]*✓ api1`))
  expect(stdout).toMatch(noneFailed)
  expect(await app.verdict()).toMatchObject({ verdict: 'kept' })
})

it('the pool moves to another port, which is said first', takes, async () => {
  const [pooler] = await freePorts(1)
  await moveTo({ pooler })
  const { code, stdout, stderr } = await up()
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(new RegExp(String.raw`! ports\.pooler: the pool moves to port ${pooler}: [\s\S]*✓ pgbouncer`))
  expect(await app.verdict()).toMatchObject({ verdict: 'kept' })
  expect((await up()).stdout).not.toContain(' moves to ')
})
