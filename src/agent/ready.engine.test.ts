import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { testWorld } from '../../test/world.ts'
import { isReady, unreadyBecause } from '../targets/local/ready.ts'
import { Supervisor, supervisorPaths } from '../targets/local/s6.ts'
import { prepareState } from '../targets/local/state.ts'
import { agentEngine } from './engine.ts'

const { world } = testWorld()
const nowhere = { host: '127.0.0.1', port: 1, database: 'edge', user: 'edge', password: '', ca: '/none' }

let state: string
let supervisor: Supervisor
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-agent-'))
  await prepareState(state, 'trial')
  supervisor = new Supervisor(supervisorPaths(state), world)
  await supervisor.start()
})
afterEach(async () => {
  await supervisor.stop([])
  await rm(state, { recursive: true, force: true })
})

test('the agent is ready when it has connected itself, whatever one before it left behind', async () => {
  const rendered = agentEngine(
    { ...exampleInstance, state },
    {
      component: 'monitoring',
      configurationFile: '/none',
      services: supervisorPaths(state).scan,
      keepAlive: [nowhere],
      writer: nowhere,
      after: [],
      watches: [],
      tells: [],
      pausable: { console: nowhere, databases: [], holder: 'nobody', heal: 'pool' },
      notes: [],
      losing: 'database.noLostWrites',
      jobs: [],
    },
  )
  const writeReady = (pid: number | undefined) => writeFile(join(state, 'run', 'agent-ready'), `${pid}\n`)
  await writeReady(process.pid)
  // Its program is of no matter here: what counts is which process it is.
  await supervisor.install({ ...rendered, command: ['sleep', '1000'], cwd: state })
  await supervisor.up(rendered.name)
  await expect.poll(async () => (await supervisor.status(rendered.name)).up).toBe(true)
  expect(await unreadyBecause(rendered.ready, world)).toBe('it is not connected to the pool')
  await writeReady((await supervisor.status(rendered.name)).pid)
  expect(await isReady(rendered.ready, world)).toBe(true)
})
