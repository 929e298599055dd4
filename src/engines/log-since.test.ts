import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { logFromNow } from './log-since.ts'

let folder = ''
const file = (name: string): string => join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'))
  await writeFile(file('@4000000065a'), 'long ago\n')
  await writeFile(file('current'), 'before\n')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('what is added to a log is read, and nothing that was there before', async () => {
  const added = await logFromNow(folder)
  await appendFile(file('current'), 'added\n')
  expect(await added()).toBe('added\n')
})

it('what is added to a log is read across its rotation', async () => {
  const added = await logFromNow(folder)
  await appendFile(file('current'), 'added\n')
  await rename(file('current'), file('@4000000065b'))
  await writeFile(file('current'), 'after\n')
  expect(await added()).toBe('added\nafter\n')
})

it('of a log that nobody has written yet, all is new', async () => {
  await rm(file('current'))
  const added = await logFromNow(folder)
  await writeFile(file('current'), 'first\n')
  expect(await added()).toBe('first\n')
})
