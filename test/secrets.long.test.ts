import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRotation } from '../src/targets/local/rotation.ts'
import { project } from './instance.ts'
import { isOver, Rotated } from './rotated.ts'

let on: Rotated
beforeAll(async () => {
  on = await Rotated.up()
})
afterAll(() => on.instance.remove())

describe('edge secrets rotate', () => {
  it('ends in the same state where it is killed in each stage, with no request failed', async () => {
    const [before, addressesBefore] = [await on.secretsNow(), await on.addressesNow()]
    const seen = await on.underLoad(async () => {
      for (const [stage, afterMs] of [
        ['aside', 1000],
        ['back', 0],
        ['back', 1500],
      ] as const) {
        const child = spawn(join(project, 'edge'), ['secrets', 'rotate', '--config', on.instance.file], {
          stdio: 'ignore',
        })
        const ended = once(child, 'exit')
        while (child.exitCode === null && (await readRotation(on.instance.state))?.stage !== stage) await wait(10)
        await wait(afterMs)
        child.kill('SIGKILL')
        expect(await ended).toEqual([null, 'SIGKILL'])
      }
      const { stdout } = await on.instance.must('secrets', 'rotate', '--json')
      expect(JSON.parse(stdout)).toMatchObject({ continued: true })
    })
    expect(seen).toMatchObject({ failed: [], lost: 0 })
    await isOver(on, before, addressesBefore)
  })
})
