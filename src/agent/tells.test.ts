import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withFolder } from '../../test/with-folder.ts'
import { tellerOf } from './tells.ts'

test('tells what is the case for as long as it has to be, and at once that it is so no more', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'it.prom')
    let now = 1000
    const tell = tellerOf([{ query: 'select true', afterMs: 120_000, file, yes: 'yes', no: 'no' }], () => now)
    const told = () => readFile(file, 'utf8').catch(() => undefined)
    const seen: (string | undefined)[] = []
    for (const [after, answer] of [
      [0, true],
      [119_999, true],
      [1, true],
      // The database does not answer.
      [5000, undefined],
      [5000, false],
      [5000, true],
      [60_000, false],
      [60_000, true],
      [119_000, true],
      [1000, true],
    ] as const) {
      now += after
      await tell([answer])
      seen.push(await told())
    }
    expect(seen).toEqual([undefined, undefined, 'yes', 'yes', 'no', 'no', 'no', 'no', 'no', 'yes'])
  }))

test('tries again where it could not be written', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'metrics', 'it.prom')
    await writeFile(join(folder, 'metrics'), '')
    const tell = tellerOf([{ query: 'select true', afterMs: 0, file, yes: 'yes', no: 'no' }])
    await tell([true])
    await rm(join(folder, 'metrics'))
    await tell([true])
    expect(await readFile(file, 'utf8')).toBe('yes')
  }))

test('tells anew what somebody has taken away', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'it.prom')
    const tell = tellerOf([{ query: 'select true', afterMs: 0, file, yes: 'yes', no: 'no' }])
    await tell([false])
    await rm(file)
    await tell([false])
    expect(await readFile(file, 'utf8')).toBe('no')
  }))
