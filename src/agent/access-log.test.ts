import { appendFile, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { countLine, LogTail, nothingCounted } from './access-log.ts'

const line = (fields: object) =>
  `2026-11-29 02:00:00.0 ${JSON.stringify({ 'x-edge-location': 'edge', 'sc-status': 200, 'time-taken': 0.02, ...fields })}`
const counted = (...lines: readonly string[]) => {
  const all = nothingCounted([0.1, 1])
  for (const one of lines) countLine(one, all)
  return all
}

it('counts what visitors were answered, by the class of the status', () => {
  const { classes } = counted(line({}), line({ 'sc-status': 503 }), line({ 'sc-status': 404 }), line({}))
  expect(Object.fromEntries(classes)).toEqual({ '2xx': 2, '3xx': 0, '4xx': 1, '5xx': 1 })
})

it('counts the requests of the servers inside and of the redirect not once more', () => {
  const { classes } = counted(line({ 'x-edge-location': 'shield' }), line({ 'x-edge-location': 'redirect' }))
  expect([...classes.values()]).toEqual([0, 0, 0, 0])
})

it('counts no question of the probe: it asks where no visitor does', () => {
  const { classes } = counted(line({ 'cs(User-Agent)': 'edge-probe' }), line({ 'cs(User-Agent)': 'a browser' }))
  expect(classes.get('2xx')).toBe(1)
})

it('counts of files what the cache had, and what it had to fetch', () => {
  const { files } = counted(
    line({ 'x-edge-result-type': 'Hit' }),
    line({ 'x-edge-result-type': 'RefreshHit' }),
    line({ 'x-edge-result-type': 'Miss' }),
    line({ 'x-edge-result-type': 'Error', 'sc-status': 404 }),
    line({ 'x-edge-result-type': 'Miss', upstream: '127.0.0.1:1', 'upstream-time': '0.003' }),
  )
  expect(files).toEqual({ hit: 2, miss: 1 })
})

it('counts how long the origin took: the last of several that were asked, and what was missing in the cache', () => {
  const { origin } = counted(
    line({ upstream: 'a, b', 'upstream-time': '5.000, 0.500' }),
    line({ upstream: '', 'upstream-time': '' }),
    line({ 'x-edge-result-type': 'Miss', 'time-taken': 0.04 }),
    line({ 'x-edge-result-type': 'Hit', 'time-taken': 3 }),
  )
  expect(origin).toEqual({ bounds: [0.1, 1], upTo: [1, 2], count: 2, seconds: 0.54 })
})

it('takes no word of a visitor for a field of nginx', () => {
  const { classes, files } = counted(
    line({
      'cs(User-Agent)': '"sc-status":500,"x-edge-location":"shield","upstream":"x"',
      'x-edge-result-type': 'Hit',
    }),
  )
  expect([classes.get('5xx'), classes.get('2xx'), files.hit]).toEqual([0, 1, 1])
})

it('reads on across rotations of the log, each line once, and from its end at first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-log-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const current = join(folder, 'current')
  await writeFile(current, 'before\n')
  const tail = new LogTail(folder)
  await tail.begin()
  expect(await tail.lines()).toEqual([])
  await appendFile(current, 'one\ntw')
  expect(await tail.lines()).toEqual(['one'])
  await appendFile(current, 'o\n')
  await rename(current, join(folder, '@4000000000000001.s'))
  await writeFile(join(folder, '@4000000000000002.s'), 'three\n')
  await writeFile(current, 'four\n')
  expect(await tail.lines()).toEqual(['two', 'three', 'four'])
  expect(await tail.lines()).toEqual([])
})

it('reads each line once where the log is rotated away while it is read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-log-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const current = join(folder, 'current')
  let rotations = 0
  /** What the log is to have anew right after it was opened. */
  const next: string[] = []
  const tail = new LogTail(folder, async (path) => {
    const opened = await open(path)
    const content = next.shift()
    if (content === undefined) return opened
    await rename(current, join(folder, `@400000000000000${(rotations += 1)}.s`))
    await writeFile(current, content)
    return opened
  })
  await writeFile(current, 'one\n')
  await tail.begin()
  await appendFile(current, 'two\n')
  next.push('three, longer than all before\n')
  expect(await tail.lines()).toEqual(['two'])
  // Itself rotated away already when it is looked for what was.
  next.push('four\n')
  expect(await tail.lines()).toEqual(['three, longer than all before'])
  expect(await tail.lines()).toEqual(['four'])
  expect(await tail.lines()).toEqual([])
})

it('counts 10,000 lines a second with half a core, across the rotations of such a log', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-log-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const current = join(folder, 'current')
  const fields = {
    'x-edge-result-type': 'Hit',
    'cs-uri-stem': '/assets/app-A1b2C3d4.js',
    'cs(User-Agent)': 'x'.repeat(120),
  }
  const second = `${line(fields)}\n`.repeat(10_000)
  await writeFile(current, '')
  const tail = new LogTail(folder)
  await tail.begin()
  const all = nothingCounted([0.1, 1])
  const before = process.cpuUsage()
  for (let at = 0; at < 5; at += 1) {
    await appendFile(current, second)
    await rename(current, join(folder, `@400000000000000${at}.s`))
    await writeFile(current, second)
    for (const one of await tail.lines()) countLine(one, all)
  }
  const { user, system } = process.cpuUsage(before)
  expect(all.files.hit).toBe(100_000)
  // Processor time: how busy the machine is with other things says nothing.
  expect((user + system) / 1e6).toBeLessThan(5)
})
