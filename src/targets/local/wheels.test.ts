import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project } from '../../../test/instance.ts'
import { patroniWheels } from '../../engines/patroni.ts'

const lock = await readFile(join(project, patroniWheels.lock), 'utf8')
const requirements = lock.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

test('pins each wheel of Patroni by version and hash', () => {
  for (const line of requirements) expect(line).toMatch(/^[A-Za-z0-9-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}$/)
})

test('names the version of Patroni that the lock has, and gives each lock a folder of its own', () => {
  const version = /^patroni==([\d.]+) /m.exec(lock)?.[1]
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 8)
  expect(patroniWheels).toMatchObject({ name: `patroni ${version}`, folder: `patroni-${version}-${hash}` })
})
