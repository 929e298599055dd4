import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AgentSettings } from './settings.ts'

const soon = { timeout: 20_000, interval: 20 }

let folder: string
let agent: ChildProcess | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-agent-'))
})
afterEach(async () => {
  await stop()
  await rm(folder, { recursive: true })
})

/** What the verdicts say: all is measured but this, or nothing. */
const verdicts = (declared?: string): string =>
  JSON.stringify(
    ['idle', 'wait'].map((id) => {
      return { id, verdict: 'kept', evidence: { how: id === declared ? 'declared' : 'measured', facts: {} } }
    }),
  )
const writeVerdicts = (declared?: string) => writeFile(join(folder, 'verdicts.json'), verdicts(declared))

/** A program that writes a word down, and does something more. */
const writes = (word: string, more = ''): readonly [string, ...string[]] => [
  process.execPath,
  '-e',
  `require('node:fs').appendFileSync('${folder}/done', '${word} '); ${more}`,
]
const done = () => readFile(join(folder, 'done'), 'utf8').catch(() => '')

/** The word comes last: whoever sees it finds the verdicts written. */
const judges = (): readonly [string, ...string[]] => [
  process.execPath,
  '-e',
  `const { appendFileSync, writeFileSync } = require('node:fs')
   writeFileSync('${folder}/verdicts.json', '${verdicts()}'); appendFileSync('${folder}/done', 'judged ')`,
]

/** A job that measures a guarantee, and whose hour is years away. */
const measures = (id: string, more?: string): AgentSettings['jobs'][number] => ({
  schedule: '0 0 29 2 *',
  command: writes(id, more),
  measures: { guarantees: [id], judge: judges() },
})

/** There is no database here: it goes on trying to connect, and does the rest of its work. */
async function start(...jobs: AgentSettings['jobs']): Promise<void> {
  const settings: AgentSettings = {
    readyFile: join(folder, 'ready'),
    keepAlive: [],
    writer: { host: '127.0.0.1', port: 1, database: 'edge', user: 'edge', password: '', ca: join(folder, 'none') },
    heartbeatEveryMs: 1000,
    watches: [],
    verdictsFile: join(folder, 'verdicts.json'),
    looksEveryMs: 20,
    ranFile: join(folder, 'ran.json'),
    jobs,
  }
  const file = join(folder, 'agent.json')
  await writeFile(file, JSON.stringify(settings))
  agent = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), file], { stdio: 'ignore' })
}

async function stop(): Promise<void> {
  if (!agent || agent.exitCode !== null) return
  const ended = once(agent, 'exit')
  agent.kill()
  await ended
}

test('measures before its hour, and once, what is only declared', { timeout: 30_000 }, async () => {
  await start(measures('idle'), measures('wait'))
  await writeVerdicts('idle')
  await expect.poll(done, soon).toBe('idle judged ')
  await writeVerdicts('wait')
  await expect.poll(done, soon).toBe('idle judged wait judged ')
})

test('measures again what it was stopped in the middle of', { timeout: 30_000 }, async () => {
  await writeVerdicts('idle')
  await start(measures('idle', 'setInterval(() => undefined, 1000)'))
  await expect.poll(done, soon).toBe('idle ')
  await stop()
  await start(measures('idle'))
  await expect.poll(done, soon).toBe('idle idle judged ')
})

test('goes on where the verdicts are damaged', { timeout: 30_000 }, async () => {
  await writeFile(join(folder, 'verdicts.json'), '{')
  await start(measures('idle'), { schedule: '* * * * * *', command: writes('second') })
  await expect.poll(done, soon).toMatch(/^(second ){2}/)
  await writeVerdicts('idle')
  await expect.poll(done, soon).toMatch(/idle (second )*judged /)
})

/** A job whose hour is years away, or was. */
const rare = (word: string, catchUp: boolean): AgentSettings['jobs'][number] => ({
  name: word,
  schedule: '0 0 29 2 *',
  zone: 'UTC',
  catchUp,
  command: writes(word),
})

test('does late, and once, what the machine slept over', { timeout: 30_000 }, async () => {
  const eightYearsAgo = new Date(Date.now() - 8 * 366 * 86_400_000).toISOString()
  await writeFile(join(folder, 'ran.json'), JSON.stringify({ late: eightYearsAgo, lapsed: eightYearsAgo }))
  await start(rare('late', true), rare('lapsed', false), { schedule: '* * * * * *', command: writes('second') })
  await expect.poll(done, soon).toMatch(/late (second ){2}/)
  await stop()
  await start(rare('late', true), { schedule: '* * * * * *', command: writes('third') })
  await expect.poll(done, soon).toMatch(/(third ){2}/)
  expect(await done()).toMatch(/^(second )*late (second )*(third )*$/)
})

test('takes nothing for missed where it does not know when it was run', { timeout: 30_000 }, async () => {
  await writeFile(join(folder, 'ran.json'), '{')
  await start(rare('new', true), { schedule: '* * * * * *', command: writes('second') })
  await expect.poll(done, soon).toMatch(/^(second ){2}/)
})
