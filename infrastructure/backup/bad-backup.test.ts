import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { type BackupInfo, backupsIn } from '../../src/engines/pgbackrest.ts'
import { dayMs } from '../../src/core/units.ts'
import { expiryOf, isGood, type Keep } from './retention.ts'

const keep: Keep = { daily: dayMs, weekly: dayMs, monthly: dayMs, logs: dayMs }

/** As pgBackRest said it when a page of the database was damaged; damaged-page.long.test.ts has it say so again. */
let listed: readonly BackupInfo[] = []
beforeAll(async () => {
  const stdout = await readFile(join(import.meta.dirname, 'golden/info-damaged-page.json'), 'utf8')
  const run = async () => ({ code: 0, stdout, stderr: '', timedOut: false })
  listed = await backupsIn({ run }, { configuration: '' })
})

const newestAt = (all: readonly BackupInfo[]): number => (all.at(-1)?.timestamp.stop ?? 0) * 1000

it('a backup with damaged pages is a bad one, and those before it are good', () => {
  expect(listed.map(isGood)).toEqual([true, true, false, false])
})

it('nothing expires as long as the newest is a bad one, whatever its age', () => {
  const now = newestAt(listed)
  expect([now, now + dayMs / 2, now + 400 * dayMs].map((at) => expiryOf(listed, keep, at).labels)).toEqual([[], [], []])
})

it('what is over its time goes where the newest is a good one', () => {
  const [oldest, last] = listed.filter(isGood)
  if (!oldest || !last) throw new Error('no backup is a good one')
  const next = { ...last, label: 'next', timestamp: { start: 0, stop: last.timestamp.stop + 2 * 86_400 } }
  const all = [oldest, last, next]
  expect(expiryOf(all, keep, newestAt(all)).labels).toEqual([oldest.label])
})
