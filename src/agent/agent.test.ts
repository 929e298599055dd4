import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startOf } from '../core/process.ts'
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
  await startBy([join(import.meta.dirname, 'start.js'), 'agent'], ...jobs)
}

async function startBy(program: readonly string[], ...jobs: AgentSettings['jobs']): Promise<void> {
  const note = join(folder, 'note.json')
  const settings: AgentSettings = {
    readyFile: join(folder, 'ready'),
    keepAlive: [],
    writer: { host: '127.0.0.1', port: 1, database: 'edge', user: 'edge', password: '', ca: join(folder, 'none') },
    heartbeatEveryMs: 1000,
    watches: [],
    verdictsFile: join(folder, 'verdicts.json'),
    looksEveryMs: 20,
    notes: [{ note, looksEveryMs: 20, command: writes('back', `require('node:fs').rmSync('${note}')`) }],
    ranFile: join(folder, 'ran.json'),
    jobs,
  }
  const file = join(folder, 'agent.json')
  await writeFile(file, JSON.stringify(settings))
  agent = spawn(process.execPath, [...program, file], { stdio: 'ignore' })
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

test(
  'leaves nothing behind of its start, and takes away what one left that was killed in it',
  { timeout: 30_000 },
  async () => {
    await mkdir(join(folder, 'compiled'))
    await start({ schedule: '* * * * * *', command: writes('second') })
    await expect.poll(done, soon).toContain('second')
    expect(await readdir(folder)).not.toContain('compiled')
  },
)

test.each(['agent', 'exporter'])('has another process take the types off the %s', { timeout: 30_000 }, async (name) => {
  // It ends as it has read these; Node says of each file where it had it from.
  await writeFile(join(folder, 'none.json'), '{')
  const words = [join(import.meta.dirname, 'start.js'), name, join(folder, 'none.json')]
  const env = { ...process.env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }
  const { stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' })
  expect(`${stderr}${stdout}`).toMatch(
    new RegExp(`transpile cache for StrippedTypeScript \\S*/${name}\\.ts\\.\\.\\.success`),
  )
})

test('is begun as an instance of an earlier version calls it, too', { timeout: 30_000 }, async () => {
  await startBy([join(import.meta.dirname, 'main.ts')], { schedule: '* * * * * *', command: writes('second') })
  await expect.poll(done, soon).toContain('second')
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

test(
  'does again what failed at its hour, each time a longer while later, until it ends well',
  { timeout: 30_000 },
  async () => {
    // From its third run on it ends well.
    const failing = `const { readFileSync } = require('node:fs')
    process.exitCode = readFileSync('${folder}/done', 'utf8').split('often').length < 4 ? 1 : 0`
    const yesterday = new Date(Date.now() - 86_400_000).toISOString()
    await writeFile(join(folder, 'ran.json'), JSON.stringify({ often: yesterday, drill: yesterday, never: yesterday }))
    const daily = {
      schedule: new Date(Date.now() - 7_200_000).toISOString().replace(/.*T(..):(..).*/, '$2 $1 * * *'),
      zone: 'UTC',
    }
    const never = { name: 'never', ...daily, catchUp: false, command: writes('never') }
    const second = { schedule: '* * * * * *', command: writes('second') }
    const drill = { name: 'drill', ...daily, catchUp: true, command: writes('drill', 'process.exitCode = 1') }
    await start(
      { name: 'often', ...daily, catchUp: true, again: true, command: writes('often', failing) },
      drill,
      never,
      second,
    )
    await expect.poll(async () => (await done()).match(/often/g)?.length, soon).toBe(3)
    const at = (await done()).length
    await expect.poll(async () => (await done()).slice(at), soon).toMatch(/(second ){3}/)
    expect((await done()).match(/often/g)).toHaveLength(3)
    expect((await done()).match(/drill/g)).toHaveLength(1)
    expect(await done()).not.toContain('never')
  },
)

test(
  'takes back what a command has noted that was killed, and nothing of one at work',
  { timeout: 30_000 },
  async () => {
    const command = spawn('sleep', ['60'], { stdio: 'ignore' })
    const ended = once(command, 'exit')
    const at = new Date().toISOString()
    await writeFile(
      join(folder, 'note.json'),
      JSON.stringify({ pid: command.pid, at, started: startOf(Number(command.pid)) }),
    )
    await start({ schedule: '* * * * * *', command: writes('second') })
    await expect.poll(done, soon).toMatch(/^(second ){2}/)
    command.kill('SIGKILL')
    await ended
    await expect.poll(done, soon).toContain('back ')
  },
)

test('ends what hangs, and runs it again at its next hour', { timeout: 30_000 }, async () => {
  const hangs = writes('hangs', 'setInterval(() => undefined, 1000)')
  await start({ schedule: '* * * * * *', command: hangs, atMostMs: 1500 })
  await expect.poll(done, soon).toMatch(/^(hangs ){2}/)
})

test('one job that fails holds no other one up', { timeout: 30_000 }, async () => {
  await writeVerdicts('idle')
  // It is tried again and again: nothing ever measures it.
  await start(
    { ...measures('idle', 'process.exitCode = 1'), measures: { guarantees: ['idle'], judge: writes('failed') } },
    measures('wait'),
  )
  await expect.poll(done, { timeout: 20_000, interval: 20 }).toMatch(/(idle failed ){4}/)
  await writeVerdicts('wait')
  const asked = Date.now()
  await expect.poll(done, soon).toContain('wait judged')
  expect(Date.now() - asked).toBeLessThan(5000)
})

test('takes nothing for missed where it does not know when it was run', { timeout: 30_000 }, async () => {
  await writeFile(join(folder, 'ran.json'), '{')
  await start(rare('new', true), { schedule: '* * * * * *', command: writes('second') })
  await expect.poll(done, soon).toMatch(/^(second ){2}/)
})
