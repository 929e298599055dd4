import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../src/core/errors.ts'
import { reachOf } from './recovery-target.ts'

const to = new Date('2026-11-27T12:00:00Z')
const world = { signal: new AbortController().signal }
const newestAt = (seconds: number) => async () => to.getTime() + seconds * 1000
const never = () => new Promise<void>(() => undefined)

describe('a recovery to a second', () => {
  it('leaves the live database alone where the archive holds a later commit', async () => {
    const archiveNow = async () => {
      throw new Error('the live database was asked')
    }
    expect(await reachOf(to, { newestAt: newestAt(61), archiveNow }, world)).toEqual({ isSure: true })
  })

  it('has the live database archive its log where the archive may end before', async () => {
    let asked = 0
    const archiveNow = async () => void (asked += 1)
    expect(await reachOf(to, { newestAt: newestAt(10), archiveNow }, world)).toEqual({ isSure: true })
    expect(asked).toBe(1)
  })

  it('goes as far as the archive where the live database refuses', async () => {
    const archiveNow = () => Promise.reject(new Error('database "app" does not exist'))
    expect(await reachOf(to, { newestAt: async () => undefined, archiveNow }, world)).toEqual({
      isSure: false,
      because: 'database "app" does not exist',
    })
  })

  it('does not wait for ever for a live database that hangs', async () => {
    const reach = await reachOf(to, { newestAt: newestAt(-100), archiveNow: never }, world, 20)
    expect(reach).toEqual({ isSure: false, because: 'no answer within 0.02 s' })
  })

  it('ends with Ctrl-C', async () => {
    const interrupt = new AbortController()
    const waiting = reachOf(to, { newestAt: newestAt(-100), archiveNow: never }, interrupt)
    interrupt.abort()
    await expect(waiting).rejects.toThrow(Interrupted)
  })
})
