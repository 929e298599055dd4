import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Between, letThrough } from './ministack/between.ts'
import {
  interruptedAtCloudFront,
  publishVersion,
  remove,
  visible,
  type Watched,
  watchedTrial,
  whileDenied,
} from './ministack/interrupt.ts'
import type { AwsTrial } from './ministack/trial.ts'

let trial: AwsTrial
let between: Between
let watched: Watched
beforeAll(async () => {
  watched = await watchedTrial()
  ;({ trial, between } = watched)
})
afterEach(() => {
  between.rule = letThrough
})
afterAll(() => remove(watched))

const shows = (version: number, live: string) => ({ page: expect.stringContaining(`version ${version}`), live })

describe('a publication that was cut off while it waited for CloudFront', () => {
  let first = ''
  beforeEach(async () => {
    first = await publishVersion(watched, 1)
    await trial.build(2)
    await interruptedAtCloudFront(watched, 'publish', trial.dist)
  })

  it('is undone by rolling back to the live one by its name', async () => {
    await trial.must('rollback', first)
    expect(await visible(watched)).toEqual(shows(1, first))
  })

  it('is undone by publishing the live one again, and nothing of the other is left in any cache', async () => {
    const asked: string[] = []
    between.rule = async ({ path, body }, emulator) => {
      if (path.endsWith('/invalidation')) asked.push(body)
      return emulator()
    }
    await trial.build(1)
    expect(JSON.parse(await trial.must('publish', trial.dist, '--json'))).toMatchObject({ is: 'live' })
    expect((await visible(watched)).page).toContain('version 1')
    expect(asked).toEqual([expect.stringContaining('<Path>/*</Path>')])
  })

  it('is as it was meant when it is run again, and is then undone like any other', async () => {
    await trial.must('publish', trial.dist)
    expect((await visible(watched)).page).toContain('version 2')
    expect(JSON.parse(await trial.must('publish', trial.dist, '--json'))).toMatchObject({ is: 'unchanged' })
    await trial.must('rollback')
    expect(await visible(watched)).toEqual(shows(1, first))
  })
})

describe('a rollback that was cut off while it waited for CloudFront', () => {
  it('is undone by rolling back to the live one by its name', async () => {
    await publishVersion(watched, 1)
    const bad = await publishVersion(watched, 2)
    await interruptedAtCloudFront(watched, 'rollback')
    await trial.must('rollback', bad)
    expect(await visible(watched)).toEqual(shows(2, bad))
  })

  it('to an old release has that, whose page visitors may have, left alone by prune', async () => {
    const wanted = await publishVersion(watched, 1)
    for (const version of [2, 3]) await publishVersion(watched, version)
    await interruptedAtCloudFront(watched, 'rollback', wanted)
    await trial.configure(`cdn: { releases: { keep: 2, keepFor: '1 millisecond' } },`)
    await trial.must('releases', 'prune', '--yes')
    await trial.configure('')
    const { releases } = JSON.parse(await trial.must('releases', '--json'))
    expect(releases.map(({ id }: { id: string }) => id)).toContain(wanted)
  })
})

describe('a switch that CloudFront is not told of', () => {
  const toCloudFront = ({ path }: { readonly path: string }): boolean => path.includes('/invalidation')

  it('says what completes the publication', async () => {
    await publishVersion(watched, 1)
    await trial.build(2)
    const { stderr } = await whileDenied(watched, toCloudFront, 'publish', trial.dist)
    expect(stderr).toMatch(/visitors may have files of .* already/)
    expect(stderr).toContain('the same publication again completes it: edge publish FOLDER --target aws')
  })

  it('says what completes the rollback', async () => {
    const good = await publishVersion(watched, 1)
    await publishVersion(watched, 2)
    const { stderr } = await whileDenied(watched, toCloudFront, 'rollback')
    expect(stderr).toContain(`edge rollback ${good} --target aws completes it`)
  })
})
