import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bytes, count } from '../../src/core/units.ts'
import { ownPid } from '../../src/core/process.ts'
import { testWorld } from '../../test/world.ts'
import { loadCauses } from './load-causes.ts'

const mebibyte = 2 ** 20
const { world } = testWorld()
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-causes-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const cause = (name: string, fires: { below: ReturnType<typeof bytes> }, real = false) => {
  const made = loadCauses(folder, () => Promise.reject(new Error('no database is asked')))[name]?.({ fires }, { real })
  if (!made) throw new Error(`nothing causes ${name}`)
  return made
}

it('takes a bounded part of the disk, beyond the boundary that it names, and gives it back', async () => {
  const takes = cause('freeStorage', { below: bytes('10 GB') })
  expect(await takes.scaled?.(64 * mebibyte)).toBe(60 * mebibyte)
  await takes.begin(world)
  expect((await stat(join(folder, '.drill-room'))).size).toBe(8 * mebibyte)
  await takes.end(world)
  await takes.end(world)
  await expect(stat(join(folder, '.drill-room'))).rejects.toThrow('ENOENT')
  // However large the disk is.
  expect(await takes.scaled?.(2 ** 50)).toBe(2 ** 50 - 2 ** 30)
})

it('does not fill the disk, even for the real boundary', async () => {
  const takes = cause('freeStorage', { below: bytes('1 MB') }, true)
  await expect(takes.begin(world)).rejects.toThrow('would be left on the disk, and that is too little')
  await expect(stat(join(folder, '.drill-room'))).rejects.toThrow('ENOENT')
})

const children = async () => (await readFile(`/proc/${ownPid}/task/${ownPid}/children`, 'utf8')).trim()

it('takes memory in a process of its own, which the kernel would end first, and gives it back', async () => {
  const takes = cause('freeableMemory', { below: bytes('256 MB') })
  expect(await takes.scaled?.(1024 * mebibyte)).toBe(960 * mebibyte)
  await takes.begin(world)
  const pid = await children()
  expect(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('1000\n')
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])
  expect(kibibytes).toBeGreaterThan(128 * 1024)
  await takes.end(world)
  expect(await children()).toBe('')
})

it('reads and writes as many for the alarm about both, together beyond the boundary that it names', async () => {
  const ran: (readonly string[])[] = []
  const seen: typeof world = {
    ...world,
    run: async (command) => {
      ran.push(command)
      return { code: 0, stdout: '', stderr: '', timedOut: false }
    },
  }
  const fires = { above: count(2400, 'a second') }
  const loads = loadCauses(folder, () => Promise.reject(new Error('no database is asked')))['diskOperations']?.(
    { fires },
    { real: false },
  )
  expect(await loads?.scaled?.(100)).toBe(350)
  await loads?.begin(seen)
  await loads?.end(seen)
  const [, ...both] = ran
  expect(both.map((words) => [words.includes('iflag=direct'), words.includes('count=250')])).toEqual([
    [true, true],
    [false, true],
  ])
})
