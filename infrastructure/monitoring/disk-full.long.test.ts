import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import { toldOf } from './proofs/test-inbox.ts'

const run = promisify(execFile)
const minutes = 60_000
let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make('monitoring: {},')
  await instance.must('up', '--no-load-test')
  const on = await hands(instance, 'monitoring')
  const { uid, gid } = on.instance.user
  for (const engine of engines) {
    await on.stop(engine)
    // A disk of its own, which only root can mount.
    await run('mount', ['-t', 'tmpfs', '-o', `size=64m,uid=${uid},gid=${gid},mode=700`, 'tmpfs', dataOf(engine)])
  }
  await on.converge()
})
afterAll(async () => {
  await instance.edge(['down'])
  for (const engine of engines) await run('umount', [dataOf(engine)])
  await instance.remove()
})

const engines = ['prometheus', 'alertmanager'] as const
const dataOf = (engine: (typeof engines)[number]): string => join(instance.state, 'data', engine)

/** Takes all the room that an engine's disk has; `rm` gives it back. */
async function fill(engine: (typeof engines)[number]): Promise<string> {
  const filler = join(dataOf(engine), 'filler')
  const took = await run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M']).catch((error: unknown) => String(error))
  expect(took).toContain('No space left on device')
  return filler
}

const silence = () => toldOf(instance, 'silence')

it(
  'is said by verify within two minutes where it is that of Prometheus, rings, and is over when there is room',
  { timeout: 20 * minutes },
  async () => {
    await expect
      .poll(async () => (await instance.judgement('monitoring.silence'))?.verdict, { timeout: 2 * minutes })
      .toBe('kept')
    const filler = await fill('prometheus')
    await expect
      .poll(() => instance.judgement('monitoring.silence'), { timeout: 2 * minutes + 30_000 })
      .toMatchObject({
        verdict: 'broken',
        because: expect.stringMatching(/Prometheus keeps no figures, .*is its disk full/),
      })
    // Prometheus takes a figure for one of now as long as it is not older than five minutes.
    await expect.poll(silence, { timeout: 9 * minutes, interval: 2000 }).toContain('rings')
    await rm(filler)
    // Of each source it rings by itself.
    const stillRinging = async () => {
      const said = await silence()
      return said.filter((word) => word === 'rings').length - said.filter((word) => word === 'all clear').length
    }
    await expect.poll(stillRinging, { timeout: 3 * minutes, interval: 2000 }).toBe(0)
    expect(await instance.judgement('monitoring.silence')).toMatchObject({ verdict: 'kept' })
  },
)

it(
  'of Alertmanager keeps nobody from being called, also where it is killed meanwhile',
  { timeout: 10 * minutes },
  async () => {
    const filler = await fill('alertmanager')
    expect(await instance.edge(['notify', 'test'])).toMatchObject({ code: 0, stderr: '' })
    const on = await hands(instance, 'monitoring')
    await on.signal('alertmanager', 'SIGKILL')
    await expect.poll(() => instance.edge(['notify', 'test']), { timeout: 3 * minutes }).toMatchObject({ code: 0 })
    expect(await instance.judgement('monitoring.delivery')).toMatchObject({ verdict: 'kept' })
    await rm(filler)
  },
)
