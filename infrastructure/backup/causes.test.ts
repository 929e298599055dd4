import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scaleOf } from '../../src/core/alarm.ts'
import { count } from '../../src/core/units.ts'
import { makePrivateDirectory } from '../../src/targets/local/files.ts'
import { withFolder } from '../../test/with-folder.ts'
import { testWorld } from '../../test/world.ts'
import { backupCauses } from './causes.ts'
import { testBackups } from './proofs/test-backups.ts'

const fires = { above: count(0, 'failures') }

test('a drill of the age of backups that Ctrl-C ends makes no backup, and any other one makes it', () =>
  withFolder(async (state) => {
    await makePrivateDirectory(join(state, 'run'))
    const backups = testBackups(state)
    const cause = backupCauses(backups, backups.bounds)['freshness']?.({ fires }, { real: false })
    const ending = new AbortController()
    const { world } = testWorld({ signal: ending.signal })
    await cause?.begin(world)
    // There is no database to make one of.
    await expect(cause?.end(world)).rejects.toThrow('nobody asks for it')
    ending.abort()
    await cause?.end(world)
  }))

test('a drill of the verification is refused where there is no backup to verify', () =>
  withFolder(async (state) => {
    const backups = testBackups(state)
    const cause = backupCauses(backups, backups.bounds)['verification']?.({ fires }, { real: false })
    const { world } = testWorld()
    await expect(cause?.begin(world)).rejects.toThrow('there is no backup to verify')
    // And nothing is verified then.
    await cause?.end(world)
  }))

test('a day, or a week, is waited for by no drill, also with --real; an hour is', () => {
  const backups = testBackups('/none')
  const scale = (name: string, real: boolean) => {
    const duration = { above: { kind: 'duration', milliseconds: 1000 } } as const
    const cause = backupCauses(backups, backups.bounds)[name]?.({ fires: duration }, { real })
    return cause && scaleOf(cause, { real }) !== undefined
  }
  expect([scale('freshness', true), scale('freshness', false)]).toEqual([true, true])
  expect([scale('verification', true), scale('verification', false)]).toEqual([true, true])
  expect([scale('backupDuration', true), scale('backupDuration', false)]).toEqual([false, true])
})
