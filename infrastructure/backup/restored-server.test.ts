import { expect, test } from 'vitest'
import { copyIn } from './restored-server.ts'

test.each([
  ['4711\n/srv/restored/data\n1764300000\n40000\n/srv/run\n', '/srv/restored/data'],
  ['4711\n/var/lib/postgresql/17/main\n1764300000\n40000\n/srv/run\n', undefined],
  ['', undefined],
])('the lock file %j names the copy %s', (lock, data) => {
  expect(copyIn(lock)).toBe(data)
})
