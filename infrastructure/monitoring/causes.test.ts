import { expect, it } from 'vitest'
import { count } from '../../src/core/units.ts'
import { testWorld } from '../../test/world.ts'
import { ownCauses, type Programs } from './causes.ts'
import { restarts } from './render-rules.ts'

const { world } = testWorld()
const fires = { above: count(0, 'failures') }

/** Programs that are started again as another process, once they were looked at a few times. */
function programs(looks = 3) {
  const done: string[] = []
  let [pid, wait] = [100, 0]
  const given: Programs = {
    stop: async (name) => void done.push(`stop ${name}`),
    start: async (name) => void done.push(`start ${name}`),
    signal: async (name, signal) => {
      done.push(`${signal} ${name} ${pid}`)
      if (signal === 'SIGKILL') wait = looks
    },
    pid: async () => {
      if (wait === 0) return pid
      wait -= 1
      // The killed one is seen for a moment, and then none.
      if (wait > 1) return pid
      if (wait === 1) return undefined
      pid += 1
      return pid
    },
  }
  return { done, given }
}

const causeOf = (alarm: string, given: Programs) => {
  const cause = ownCauses('agent', given)[alarm]?.({ fires }, { real: false })
  if (!cause) throw new Error(`nothing causes ${alarm}`)
  return cause
}

it('kills an engine as often as its alarm asks for, each time another process, and ends when it is up again', async () => {
  const { done, given } = programs()
  await causeOf('restarts', given).begin({ ...world, sleep: async () => undefined })
  expect(done).toEqual([100, 101, 102].map((pid) => `SIGKILL node-exporter ${pid}`))
  expect(done).toHaveLength(restarts.atLeast)
  expect(await given.pid('node-exporter', world)).toBe(103)
})

it('holds the agent and lets it go on, and refuses where there is none', async () => {
  const { done, given } = programs()
  const cause = causeOf('agent', given)
  await cause.begin(world)
  await cause.end(world)
  expect(done).toEqual(['SIGSTOP agent 100', 'SIGCONT agent 100'])
  const none = causeOf('agent', { ...given, pid: async () => undefined })
  await expect(none.begin(world)).rejects.toThrow('the agent does not run')
})
