import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startupOf } from '../database/causes.ts'
import { memberNames } from '../database/members.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import { sendSignal } from '../../src/core/process.ts'
import { actOutOn } from '../../test/act-out.ts'
import type { JudgementJson } from '../../src/core/verify.ts'
import { longSabotages } from './sabotage.ts'
import { runEdge, TestInstance } from '../../test/instance.ts'

const programs = ['prometheus', 'alertmanager', 'node-exporter', 'postgres-exporter', 'edge-exporter']
const minutes = 60_000
let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make('monitoring: {},')
  await instance.must('up', '--no-load-test')
})
afterAll(() => instance.remove())

/** How many members have their replay stopped now. */
async function stopped(): Promise<number> {
  const pids = await Promise.all(memberNames.map((member) => startupOf(join(instance.state, 'data', member))))
  const states = await Promise.all(
    pids.flatMap((pid) => (pid === undefined ? [] : [readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')])),
  )
  return states.filter((status) => /^State:\s+T/m.test(status)).length
}

/** Memory, in MiB, and processor time, in seconds, of what measures. */
async function cost(): Promise<{ readonly memory: number; readonly seconds: number }> {
  const pids = (await instance.status()).engines.flatMap(({ name, pid }) => (programs.includes(name) ? [pid] : []))
  expect(pids).toHaveLength(programs.length)
  let [memory, seconds] = [0, 0]
  for (const pid of pids) {
    const [status, stat] = await Promise.all(['status', 'stat'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')))
    memory += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1]) / 1024
    const [user, system] = (stat ?? '')
      .slice((stat ?? '').lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number)
    seconds += ((user ?? Number.NaN) + (system ?? Number.NaN)) / 100
  }
  return { memory, seconds }
}

it('costs no more than 5 % of a core and 250 MiB when nobody asks for anything', async () => {
  const before = await cost()
  await wait(2 * minutes)
  const after = await cost()
  const share = (after.seconds - before.seconds) / 120
  console.log(`monitoring, idle: ${(share * 100).toFixed(1)} % of a core, ${after.memory.toFixed(0)} MiB`)
  expect(share).toBeLessThan(0.05)
  expect(after.memory).toBeLessThan(250)
})

it('undoes what a drill has caused that was killed', { timeout: 5 * minutes }, async () => {
  const folder = join(instance.state, 'drills')
  const drill = instance.edge(['drill', 'replica-lag'])
  await expect.poll(stopped).toBe(1)
  const [name = ''] = await readdir(folder)
  const { pid }: { pid: number } = JSON.parse(await readFile(join(folder, name), 'utf8'))
  sendSignal(pid, 'SIGKILL')
  await drill
  await expect.poll(stopped).toBe(0)
  await expect.poll(() => readdir(folder)).toEqual([])
})

it.each(['replica-lag', 'cdn-errors', 'hit-ratio'])(
  'has the alarm of %s ring by its real cause, arrive and clear',
  { timeout: 40 * minutes },
  async (name) => {
    const ran = await runEdge(['drill', name, '--yes', '--json', '--config', instance.file])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const { drills }: { drills: readonly DrillRecord[] } = JSON.parse(ran.stdout)
    console.log(`${name}: ${JSON.stringify(drills[0]?.facts)}`)
    expect(drills[0]?.facts['failed']).toBeUndefined()
    const id = `monitoring.${name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}`
    expect((await instance.verify(id)).get(id)).toMatchObject({ verdict: 'kept' })
  },
)

describe('where the alarm of the connections was seen', () => {
  let atFirst: ReadonlyMap<string, JudgementJson>
  beforeAll(async () => {
    await instance.must('drill', 'connections')
    await instance.must('notify', 'test')
    atFirst = await instance.verify(...Object.keys(longSabotages))
  }, 5 * minutes)
  actOutOn('monitoring', longSabotages, () => ({ instance, atFirst }))
})
