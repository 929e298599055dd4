import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { messageOf } from '../../src/core/errors.ts'
import { withFolder } from '../../test/with-folder.ts'
import { testWorld } from '../../test/world.ts'
import { lackingIn, untilEnded, untilReached } from './recovering.ts'
import { requireMajor } from './restore.ts'
import { restoredCopy } from './restored-server.ts'

const log = `WARNING:  hot standby is not possible because of insufficient parameter settings
DETAIL:  max_connections = 500 is a lower setting than on the primary server, where its value was 620.
FATAL:  recovery aborted because of insufficient parameter settings
DETAIL:  max_locks_per_transaction = 64 is a lower setting than on the primary server, where its value was 128.`

test.each([
  [{ max_connections: 500 }, { max_connections: 620, max_locks_per_transaction: 128 }],
  [{ max_connections: 620 }, { max_locks_per_transaction: 128 }],
  [{ max_connections: 620, max_locks_per_transaction: 200 }, {}],
])('reads out of the log of a recovery with %j that it lacks %j', (settings, lacks) => {
  expect(lackingIn(log, settings)).toEqual(lacks)
})

test('refuses a backup of another major before it is copied, and takes one whose major nobody noted', () => {
  expect(() => requireMajor({ label: '20260101-030000F', version: '14' })).toThrow(
    '20260101-030000F is of PostgreSQL 14, and PostgreSQL 15 cannot read its files',
  )
  requireMajor({ label: '20260101-030000F', version: '15' })
  requireMajor({ label: '20260101-030000F', version: undefined })
})

test.each([
  ['comes to its second', untilReached],
  ['comes to its end', untilEnded],
])('a recovery that %s is waited for as long as its server runs, and no longer where that was killed', (_, until) =>
  withFolder(async (folder) => {
    const copy = restoredCopy(folder)
    await mkdir(copy.data)
    const server = spawn('sleep', ['60'], { cwd: copy.data })
    await writeFile(join(copy.data, 'postmaster.pid'), `${server.pid}\n${copy.data}\n`)
    const silent = {
      connect: () => Promise.reject(new Error('it is starting up')),
      socket: '',
      port: 0,
      stop: async () => undefined,
    }
    let isOver = false
    const ended = until(copy, testWorld().world)(silent, async () => false)
      .then(() => 'it came there', messageOf)
      .finally(() => (isOver = true))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(isOver).toBe(false)
    server.kill('SIGKILL')
    await once(server, 'close')
    expect(await ended).toContain('the recovery did not come to its time')
  }),
)
