import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test, vi } from 'vitest'
import { onPacks } from '../../src/engines/restic.ts'
import {
  amountOf,
  besides,
  percentOf,
  progressOf,
  progressWords,
  sizeBelow,
  whileFilling,
  whileLooking,
} from './progress.ts'
import { megabytesOf, pagesOf } from './soundness.ts'

const [mb, gb] = [1024 ** 2, 1024 ** 3]

test.each([
  [412 / 1126.4, 1.1 * gb, 10_400, '412 MB of 1.1 GB, about 20 s left'],
  [0.5, 2 * mb, 1999, '1 MB of 2 MB'],
  [0.5, 2 * mb, 2000, '1 MB of 2 MB, about 2 s left'],
  [0.5, undefined, 31_000, '50 %, about 35 s left'],
  [0.1, undefined, 60_000, '10 %, about 9 min left'],
  [0.01, undefined, 300_000, '1 %, about 8.5 h left'],
  [0, gb, 5000, '0 B of 1 GB'],
  [1, gb, 5000, '1 GB of 1 GB'],
  // More came than was noted: nobody knows how much is left.
  [1.2, gb, 5000, '1 GB of 1 GB'],
])('%f of %s bytes after %i ms is in words: %s', (share, bytes, ms, words) => {
  expect(progressWords(share, bytes, ms)).toBe(words)
})

test('work tells its name at once, and how far it is twice a second at most', () => {
  vi.useFakeTimers()
  try {
    const said: string[] = []
    const tell = progressOf((text) => void said.push(text), 'restore', gb)
    for (const share of [0.1, 0.2]) tell(share)
    vi.advanceTimersByTime(500)
    tell(0.25)
    vi.advanceTimersByTime(9500)
    tell(0.5)
    expect(said).toEqual([
      'restore',
      'restore: 102.4 MB of 1 GB',
      'restore: 256 MB of 1 GB',
      'restore: 512 MB of 1 GB, about 10 s left',
    ])
  } finally {
    vi.useRealTimers()
  }
})

test('an amount says how much is left as long as somebody knows how much there is', () => {
  vi.useFakeTimers()
  try {
    const said: string[] = []
    const tell = amountOf((text) => void said.push(text), 'recovering')
    tell(0, mb)
    tell(10 * mb)
    vi.advanceTimersByTime(10_000)
    tell(256 * mb, gb)
    tell(gb, gb)
    tell(2 * gb, gb)
    expect(said).toEqual([
      'recovering',
      'recovering: 0 B of 1 MB',
      'recovering: 10 MB',
      'recovering: 256 MB of 1 GB, about 30 s left',
      'recovering: 1 GB',
      'recovering: 2 GB',
    ])
  } finally {
    vi.useRealTimers()
  }
})

describe('work that is looked at', () => {
  const looked = async (isTTY: boolean, look: () => Promise<number | undefined>): Promise<readonly number[]> => {
    const seen: number[] = []
    const work = () => new Promise<void>((resolve) => setTimeout(resolve, 200))
    const world = { stdout: { write: () => undefined, isTTY, columns: 100 } }
    await whileLooking(look, (one) => void seen.push(one), work, world, 5)
    const atItsEnd = seen.length
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(seen).toHaveLength(atItsEnd)
    return seen
  }

  it('is told to a terminal until it ends, and to nobody else', async () => {
    expect(await looked(true, async () => 1)).toContain(1)
    expect(await looked(false, async () => 1)).toEqual([])
  })

  it('goes on where there is nothing to see, or looking fails once', async () => {
    let times = 0
    const look = async (): Promise<number | undefined> => {
      times += 1
      if (times === 1) throw new Error('it is gone')
      return times === 2 ? undefined : times
    }
    expect((await looked(true, look))[0]).toBe(3)
  })
})

test('work beside other work has its place in one line until it has ended', () => {
  const said: string[] = []
  const part = besides((text) => void said.push(text))
  const [one, other] = [part(), part()]
  one('database')
  other('files')
  one('')
  expect(said).toEqual(['database', 'database; files', 'files'])
})

describe('what the programs say', () => {
  it.each([
    ['pgBackRest', 'P01 DETAIL: restore file /x/base/1/1255 (672KB, 12.50%) checksum ab', [0.125]],
    ['pgBackRest, bundled', 'P01 DETAIL: restore file /x/1 (bundle 1/0, 8KB, 100.00%) checksum ab', [1]],
    ['restic', '[0:01] 36.84%  7 / 28 packs copied', [0.25]],
    ['restic, of no pack', '[0:00] 100.00%  1 / 1 snapshots', undefined],
    ['pg_amcheck', ' 1/8 relations (12%), 256/1024 pages (25%)', [0.25, 8 * mb]],
    ['pg_amcheck, of nothing yet', '0/8 relations (0%), 0/0 pages (0%)', undefined],
    ['pg_checksums', ' 10/40 MB (25%) computed', [0.25, 40 * mb]],
  ])('%s: %s', (_, line, told) => {
    const tell = vi.fn<(...given: number[]) => void>()
    const readers = [percentOf('restore file', tell), onPacks(tell), pagesOf(tell), megabytesOf(tell)]
    for (const reader of readers) reader(line)
    expect(tell.mock.calls).toEqual(told === undefined ? [] : [told])
  })
})

describe('a folder that is being filled', () => {
  const filled = async (isTTY: boolean) => {
    const folder = await mkdtemp(join(tmpdir(), 'edge-filling-'))
    const seen: (readonly (number | undefined)[])[] = []
    let isTold: () => void = () => undefined
    const told = new Promise<void>((resolve) => (isTold = resolve))
    const tell = (...far: readonly (number | undefined)[]): void => {
      seen.push(far)
      isTold()
    }
    const work = async (): Promise<void> => {
      await mkdir(join(folder, 'below'))
      await writeFile(join(folder, 'below', 'file'), 'x'.repeat(30))
      if (isTTY) await told
      else await new Promise((resolve) => setTimeout(resolve, 1100))
      expect(await sizeBelow(folder)).toBe(30)
    }
    const world = { stdout: { write: () => undefined, isTTY, columns: 100 } }
    await whileFilling(folder, 120, tell, work, world).finally(() => rm(folder, { recursive: true }))
    return seen
  }

  it('tells a terminal how much has come', async () => {
    expect(await filled(true)).toEqual([[30, 120]])
  })

  it('is not looked through where nobody sees it', async () => {
    expect(await filled(false)).toEqual([])
  })
})
