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
let folder: string
beforeAll(async () => {
  instance = await TestInstance.make('monitoring: {},')
  await instance.must('up', '--no-load-test')
  folder = join(instance.state, 'data', 'prometheus')
  const on = await hands(instance, 'monitoring')
  await on.stop('prometheus')
  const { uid, gid } = on.instance.user
  // A disk of its own, which only root can mount.
  await run('mount', ['-t', 'tmpfs', '-o', `size=64m,uid=${uid},gid=${gid},mode=700`, 'tmpfs', folder])
  await on.converge()
})
afterAll(async () => {
  await instance.edge(['down'])
  await run('umount', [folder])
  await instance.remove()
})

const silence = () => toldOf(instance, 'silence')

it(
  'is said by verify within two minutes where it is that of Prometheus, rings, and is over when there is room',
  { timeout: 20 * minutes },
  async () => {
    await expect
      .poll(async () => (await instance.judgement('monitoring.silence'))?.verdict, { timeout: 2 * minutes })
      .toBe('kept')
    const filler = join(folder, 'filler')
    const took = await run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M']).catch((error: unknown) => String(error))
    expect(took).toContain('No space left on device')
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
