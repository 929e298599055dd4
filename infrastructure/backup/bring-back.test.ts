import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { join } from 'node:path'
import type { World } from '../../src/core/world.ts'
import { withFolder } from '../../test/with-folder.ts'
import { testWorld } from '../../test/world.ts'
import { bringBack } from './restore.ts'
import { testBackups } from './proofs/test-backups.ts'

const from = { label: '20261201-030000F', repository: 2, bytes: 1024 ** 3 }

/** How pgBackRest is asked for a copy, without what is the same each time; and what is said meanwhile. */
const asked = (more: Partial<Parameters<typeof bringBack>[2]>) =>
  withFolder(async (folder) => {
    const said: string[] = []
    const words: string[] = []
    const run: World['run'] = async (command, options) => {
      words.push(...command)
      options?.onLine?.('P01 DETAIL: restore file /x/base/1/1255 (672KB, 25%) checksum ab')
      return { code: 0, stdout: '', stderr: '', timedOut: false }
    }
    const world = { ...testWorld().world, run }
    const backups = testBackups(join(tmpdir(), 'none'))
    await bringBack(backups, folder, { ...from, ...more }, world, (text) => void said.push(text))
    return { said, words: words.filter((word) => /^--(type|target|recovery-option|repo)/.test(word)) }
  })

test.each([
  ['to a second', { time: '2026-12-01 03:00:00+00' }, ['--type=time', '--target=2026-12-01 03:00:00+00']],
  [
    'to a second of a past',
    { time: '2026-12-01 03:00:00+00', timeline: 2 },
    ['--type=time', '--target=2026-12-01 03:00:00+00', '--target-timeline=2'],
  ],
  ['as it was when it was made', {}, ['--type=immediate']],
  // pgBackRest takes its own --target-timeline with none of these.
  [
    'as it was when it was made, in a past',
    { timeline: 2 },
    ['--type=immediate', '--recovery-option=recovery_target_timeline=2'],
  ],
])('a copy is brought back %s', async (_, more, words) => {
  expect((await asked(more)).words).toEqual(['--repo=2', ...words, '--target-action=pause'])
})

test('a copy that is brought back says how far it is', async () => {
  expect((await asked({})).said).toEqual(['restore', 'restore: 256 MB of 1 GB'])
})
