import { execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { DrillRecord } from '../../src/core/record.ts'
import { sendSignal } from '../../src/core/process.ts'
import { leaveReport } from '../../test/long-report.ts'
import { runEdge, TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import { nowhere } from './own-receivers.ts'
import { ownDrills } from './drills.ts'
import { routesOf } from './sabotage.ts'

const minutes = 60_000
let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make('monitoring: {}, backup: {},')
  // What verify calls broken on a busy machine keeps no drill from running: each refuses by itself where it cannot.
  await instance.edge(['up', '--no-load-test'])
})
afterAll(() => instance.remove())

/** Whether a program works, is held, or is away, as the kernel has it: a verb of edge would undo what is to be seen. */
async function stateOf(engine: string): Promise<string> {
  const pid = execFileSync('s6-svstat', ['-o', 'pid', join(instance.state, 's6', engine)], { encoding: 'utf8' }).trim()
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, state] = /^State:\s+(\S)/m.exec(status) ?? []
  return state === undefined ? 'away' : state === 'T' ? 'held' : 'at work'
}

const causes = () => readdir(join(instance.state, 'drills'))

/** Ends a drill by a signal once its cause is there; answers how it ended. */
async function endedOnce(
  signal: 'SIGKILL' | 'SIGINT',
  drill: string,
  engine: string,
  caused: string,
  meanwhile = async () => {},
) {
  const ran = instance.edge(['drill', drill])
  await expect.poll(() => stateOf(engine), { timeout: minutes }).toBe(caused)
  await meanwhile()
  const [name = ''] = await causes()
  const { pid }: { pid: number } = JSON.parse(await readFile(join(instance.state, 'drills', name), 'utf8'))
  sendSignal(pid, signal)
  return ran
}

it.each([
  ['silence', 'node-exporter', 'away'],
  ['agent', 'agent', 'held'],
])(
  'undoes by itself what the drill of %s has done to %s when it meets Ctrl-C, and ends with 130',
  { timeout: 5 * minutes },
  async (drill, engine, caused) => {
    const { code } = await endedOnce('SIGINT', drill, engine, caused)
    // At its end: whoever looks after what was killed has nothing to do, and nothing was seen.
    expect([code, await causes()]).toEqual([130, []])
    await expect.poll(() => stateOf(engine)).toBe('at work')
    expect(await readdir(join(instance.state, 'records', drill)).catch(() => [])).toEqual([])
  },
)

it.each([
  ['silence', 'node-exporter', 'away'],
  ['agent', 'agent', 'held'],
])(
  'undoes within seconds what the drill of %s has done to %s, when it was killed',
  { timeout: 5 * minutes },
  async (drill, engine, caused) => {
    await endedOnce('SIGKILL', drill, engine, caused)
    await expect.poll(() => stateOf(engine), { timeout: minutes / 2 }).toBe('at work')
    await expect.poll(causes).toEqual([])
  },
)

it(
  'has the agent go on with the next command where what would see to it by itself is away',
  { timeout: 5 * minutes },
  async () => {
    const on = await hands(instance, 'monitoring')
    await endedOnce('SIGKILL', 'agent', 'agent', 'held', () => on.stop('edge-exporter'))
    expect(await stateOf('agent')).toBe('held')
    await instance.edge(['status'])
    expect(await stateOf('agent')).toBe('at work')
    expect(await causes()).toEqual([])
    await on.converge()
  },
)

it(
  'takes the receiver of the drill of delivery away within seconds when it was killed, and calls nobody about its message',
  { timeout: 5 * minutes },
  async () => {
    const routes = () => instance.read(routesOf)
    const before = await routes()
    const ran = instance.edge(['drill', 'delivery'])
    await expect.poll(routes, { timeout: minutes, interval: 50 }).toContain(nowhere.alert)
    const { pid }: { pid: number } = JSON.parse(await instance.read('drills/delivery.json'))
    sendSignal(pid, 'SIGKILL')
    await ran
    await expect.poll(routes, { timeout: minutes / 2 }).toBe(before)
    await expect.poll(causes).toEqual([])
    // Longer than a group of messages waits.
    await wait(minutes / 2)
    expect(await instance.read('agent/inbox.ndjson').catch(() => '')).not.toContain(nowhere.alert)
  },
)

/** What the disk does is done by the whole machine: where others load it, this alarm rings on. */
const onDisk = 'disk-operations'
let ran: { readonly drills: readonly DrillRecord[]; readonly failed?: readonly { readonly drill: string }[] }

it(
  'has every alarm that edge has added ring by its cause, arrive and clear, but for that of the disk',
  { timeout: 75 * minutes },
  async () => {
    // Nothing rings any more of what the tests before have done: a drill goes well, which is refused until then.
    const quiet = async () => expect(await instance.edge(['drill', 'connections'])).toMatchObject({ code: 0 })
    await vi.waitFor(quiet, { timeout: 15 * minutes, interval: 15_000 })
    ran = JSON.parse((await runEdge(['drill', 'own', '--json', '--config', instance.file])).stdout)
    await leaveReport('drills-own', ran)
    expect(ran.failed?.filter(({ drill }) => drill !== onDisk) ?? []).toEqual([])
    const names = ownDrills.map(({ name }) => name).filter((name) => name !== onDisk)
    const seen = ran.drills.filter(({ drill }) => drill !== onDisk)
    expect(seen.map(({ drill }) => drill)).toEqual(names)
    expect(seen.flatMap(({ drill, facts }) => (facts['scaled'] === true ? [drill] : []))).toEqual([
      'verification',
      'freshness',
    ])
    expect(await Promise.all(['agent', 'node-exporter'].map(stateOf))).toEqual(['at work', 'at work'])
  },
)

it('has that of the disk do so, too, where nobody else loads it', () => {
  expect(ran.failed ?? []).toEqual([])
  expect(ran.drills.find(({ drill }) => drill === onDisk)?.facts).toMatchObject({ scaled: true })
})
