import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestInstance } from './instance.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()
let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make()
})
afterAll(() => instance.remove())

it('a unit brings its instance up and down with nothing but what systemd gives', async () => {
  const { stdout: unit } = await instance.must('unit')
  const valuesOf = (field: string): readonly string[] =>
    [...unit.matchAll(new RegExp(`^${field}=(.*)$`, 'gm'))].map(([, value = '']) => value)
  // These paths are plain: a shell reads them as systemd does.
  const alone = (line: string | undefined) =>
    world.run(['env', '-i', 'sh', '-c', `exec env ${valuesOf('Environment').join(' ')} ${line}`], {
      cwd: '/',
      timeoutMs: 15 * 60_000,
    })
  const started = await alone(valuesOf('ExecStart')[0])
  // As SuccessExitStatus says: what is up is up, whatever the machine of the tests keeps it from keeping.
  expect({ ends: [0, 1].includes(started.code ?? -1), said: started.stderr }).toMatchObject({ ends: true })
  const { engines } = await instance.status()
  expect(engines.filter(({ state }) => state !== 'up')).toEqual([])
  expect(engines.length).toBeGreaterThan(5)
  const stopped = await alone(valuesOf('ExecStop')[0])
  expect([stopped.code, stopped.stderr]).toEqual([0, ''])
  expect((await instance.status()).engines.filter(({ state }) => state === 'up')).toEqual([])
}, 600_000)
