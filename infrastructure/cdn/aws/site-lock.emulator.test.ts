import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Between, type Rule } from '../../../test/ministack/between.ts'
import { emulatedBucket } from '../../../test/ministack/bucket.ts'
import { keys, SiteStore } from './site-store.ts'

let stop: () => Promise<void>
let between: Between
beforeAll(async () => {
  ;({ between, stop } = await emulatedBucket())
})
afterAll(async () => {
  await stop()
})

const passes: Rule = (_, emulated) => emulated()
const renews: (asked: Parameters<Rule>[0]) => boolean = ({ method, path }) =>
  method === 'PUT' && path.includes(keys.lock)

const began = Date.parse('2026-11-26T12:00:00Z')
/** How far the clock of the command under test has gone on. */
let late = 0
const now = (): Date => new Date(began + late)
let store: SiteStore
beforeEach(async () => {
  late = 0
  store = new SiteStore('site', 'us-east-1')
  await store.putJson('page', 1)
})
afterEach(async () => {
  vi.useRealTimers()
  between.rule = passes
  await store.remove(await store.list(''))
  store.close()
})

/** Does a work as another command, which comes when S3's clock has gone on for more than a minute and a half. */
async function another(work: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  const other = new SiteStore('site', 'us-east-1')
  between.aheadMs = 95_000
  try {
    await other.whileLocked('rollback', 'somebody', now, work)
  } finally {
    between.aheadMs = 0
    other.close()
  }
}
const tookOver = { where: 'lock', message: expect.stringContaining('took this site over') }

describe('a command that another one took the site over from', () => {
  it('copies nothing more when it wakes up, while the other one is at work and after that', async () => {
    await store.whileLocked('publish', 'me', now, async () => {
      await store.copy('page', 'before')
      late = 91_000
      await another(() =>
        expect(store.copy('page', 'while')).rejects.toMatchObject({
          where: 'lock',
          message: expect.stringMatching(/^edge rollback \(somebody, pid \d+ on .*\) took this site over/),
        }),
      )
      await expect(store.copy('page', 'after')).rejects.toMatchObject(tookOver)
    })
    expect(await store.list('')).toEqual(['before', 'page'])
  })

  it('never says which release is live, whatever its own clock says', async () => {
    await store.whileLocked('publish', 'me', now, async () => {
      await another()
      await expect(store.makeLive('mine')).rejects.toMatchObject(tookOver)
    })
    expect(await store.list(keys.own)).toEqual([])
  })

  it('leaves the other one its lock when it ends', async () => {
    const [taken, ends] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let other = Promise.resolve()
    await store.whileLocked('publish', 'me', now, () => {
      other = another(() => {
        taken.resolve()
        return ends.promise
      })
      return taken.promise
    })
    expect(await store.list(keys.lock)).toEqual([keys.lock])
    ends.resolve()
    await other
    expect(await store.list(keys.lock)).toEqual([])
  })
})

describe('a lock that was renewed a moment ago', () => {
  it('is taken by nobody, whatever the clock of the other machine says', async () => {
    await store.whileLocked('publish', 'me', now, async () => {
      const other = new SiteStore('site', 'us-east-1')
      const anHourAhead = (): Date => new Date(began + 3_600_000)
      const taken = other.whileLocked('rollback', 'somebody', anHourAhead, () => Promise.resolve())
      await expect(taken).rejects.toThrow('is at work on this site')
      other.close()
    })
  })
})

describe('a lock that is damaged', () => {
  const damage = () => store.putJson(keys.lock, 'no lock')
  const lock = () => store.whileLocked('publish', 'me', now, () => Promise.resolve('done'))

  it('counts for as long as any other, and is then taken', async () => {
    await damage()
    await expect(lock()).rejects.toThrow('another command is at work on this site')
    between.aheadMs = 95_000
    expect(await lock().finally(() => (between.aheadMs = 0))).toBe('done')
  })
})

describe('a command that S3 cannot be asked by for a moment', () => {
  it('ends as its work has ended, also where its lock cannot be taken away', async () => {
    const work = store.whileLocked('publish', 'me', now, async () => {
      between.rule = async ({ method, path }, emulated) =>
        method === 'DELETE' && path.includes(keys.lock) ? 'hang up' : emulated()
      return 'published'
    })
    expect(await work).toBe('published')
  })

  it('goes on, and tries again to renew its lock', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    await store.whileLocked('publish', 'me', now, async () => {
      let refused = 0
      between.rule = async (asked, emulated) => (renews(asked) && ++refused > 0 ? 'hang up' : emulated())
      late = 20_000
      vi.advanceTimersByTime(20_000)
      await expect.poll(() => refused).toBeGreaterThan(2)
      between.rule = passes
      late = 40_000
      vi.advanceTimersByTime(20_000)
      await store.copy('page', 'after')
      // Nobody is asked again: what the second try said is not a minute old.
      late = 99_000
      between.rule = async (asked, emulated) => (renews(asked) ? 'hang up' : emulated())
      await store.copy('page', 'renewed')
      between.rule = passes
      await store.makeLive('mine')
    })
    expect(await store.list('')).toEqual([keys.live, 'after', 'page', 'renewed'])
  })

  it('knows its own lock where the answer to a renewal was lost', async () => {
    await store.whileLocked('publish', 'me', now, async () => {
      let lost = false
      between.rule = async (asked, emulated) => {
        const answer = await emulated()
        if (!renews(asked) || lost) return answer
        lost = true
        return 'hang up'
      }
      await store.makeLive('mine')
      expect(lost).toBe(true)
    })
    expect(await store.list(keys.own)).toEqual([keys.live])
  })
})
