import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  GetCachePolicyConfigCommand,
  GetInvalidationCommand,
  ListDistributionsCommand,
  ListInvalidationsCommand,
  UpdateCachePolicyCommand,
} from '@aws-sdk/client-cloudfront'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JudgementJson } from '../src/core/verify.ts'
import { deployedStack } from './ministack/deployed-stack.ts'
import { AwsTrial } from './ministack/trial.ts'

let trial: AwsTrial
let host = ''
let bucket = ''
beforeAll(async () => {
  trial = await AwsTrial.make()
  host = await trial.deploy('--yes')
  bucket = await trial.bucketOf('store')
})
afterAll(() => trial.remove())

const get = (path: string, headers: Readonly<Record<string, string>> = {}) => trial.get(host, path, headers)
const page = async (): Promise<string> => (await get('/')).body.toString()
const publish = async () => JSON.parse(await trial.must('publish', trial.dist, '--json'))
const releases = async (): Promise<{ live: string; releases: readonly { id: string }[] }> =>
  JSON.parse(await trial.must('releases', '--json'))

async function keysBelow(Prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  const pages = paginateListObjectsV2({ client: trial.s3() }, { Bucket: bucket, Prefix })
  for await (const { Contents: found = [] } of pages) keys.push(...found.flatMap(({ Key: key }) => key ?? []))
  return keys
}

/** Begins to publish a release with many files, and waits until some of them are in the bucket. */
async function publishSlowly(version: number) {
  await trial.build(version, 250)
  const before = new Set(await keysBelow('.edge/releases/'))
  const publication = trial.begin('publish', trial.dist)
  const isUnderWay = async () => (await keysBelow('.edge/releases/')).some((key) => !before.has(key))
  await expect.poll(isUnderWay, { interval: 20 }).toBe(true)
  return publication
}

/** Every path that CloudFront was told to forget. */
async function forgotten(): Promise<readonly string[]> {
  const client = trial.cloudFront()
  const { DistributionList: distributions } = await client.send(new ListDistributionsCommand({}))
  const DistributionId = distributions?.Items?.[0]?.Id ?? ''
  const { InvalidationList: list } = await client.send(new ListInvalidationsCommand({ DistributionId }))
  const made = (list?.Items ?? []).map(async ({ Id }) => {
    const { Invalidation: one } = await client.send(new GetInvalidationCommand({ DistributionId, Id }))
    return one?.InvalidationBatch?.Paths?.Items ?? []
  })
  return (await Promise.all(made)).flat()
}

/** What is broken there because of the emulator and of this test, and by what that is told: nothing else may be. */
const brokenOnEmulator = {
  // Nobody is api.example.com: the emulator asks it in vain.
  'cdn.apiUncached': '/api/health answers 502',
  // Its S3 answers 403 for what is missing, whoever may list.
  'cdn.spaRouting': 'a deep link to a browser for a script (GET /some/deep/link) answers 403, not 404',
  // An answer of its own making, as that 502 is, goes out without the response headers policy of the behaviour.
  'cdn.errorsUncached': expect.stringMatching(/^the 502 of \/api\/edge-check-\w+ may be kept \(no Cache-Control\)$/),
  'cdn.securityHeaders': 'browsers may guess the type of /api/health (X-Content-Type-Options)',
}

describe('publishing to AWS, through the emulator', () => {
  it('puts a release there, rolls it back, and keeps the chunks of both', async () => {
    const first = await publish()
    expect(first).toMatchObject({ is: 'live', written: { files: 3 } })
    expect(await publish()).toMatchObject({ is: 'unchanged' })
    await trial.build(2)
    expect((await publish()).flip).toMatchObject({ before: first.release.id })
    expect(await page()).toContain('version 2')
    await trial.must('rollback')
    expect(await page()).toContain('version 1')
    const { live, releases: all } = await releases()
    expect([live, all.length]).toEqual([first.release.id, 2])
    for (const version of [1, 2]) expect((await get(`/assets/app-${version}A2b3C4d5.js`)).status).toBe(200)
  })

  it('answers by the same rule as nginx: the app for a navigation, no page for a missing file, nothing hidden', async () => {
    const navigation = { 'sec-fetch-mode': 'navigate' }
    expect((await get('/some/deep/link', navigation)).status).toBe(200)
    // The emulator's S3 answers 403 for whatever is missing; that CloudFront may list, which makes it a 404, is proven on
    // the policy (docs/aws-proof.md). A newer emulator that knows this fails here.
    const missing = await get('/assets/gone-0a1b2c3d.js', navigation)
    expect([missing.status, missing.header('cache-control')]).toEqual([403, 'no-store'])
    const hidden = ['/.edge/live.json', '/%2Eedge/live.json', '/%zz']
    const answers = await Promise.all(hidden.map((path) => get(path)))
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
  })

  it('explains what a path meets, and what it answers', async () => {
    const { behaviour, pathPattern, edgeSeconds, now } = JSON.parse(
      await trial.must('explain', '/assets/app-2A2b3C4d5.js', '--json'),
    )
    expect([behaviour, pathPattern, edgeSeconds, now.status]).toEqual(['kept file', '*.js', 365 * 86_400, 200])
    expect(JSON.parse(await trial.must('explain', '/games', '--json'))).toMatchObject({
      behaviour: 'app page',
      edgeSeconds: 0,
      now: { status: 200, cacheControl: 'no-cache' },
    })
  })

  it('explains no other site', async () => {
    const ran = await trial.edge('explain', 'https://www.example.com/games')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('is another site than this one, https://')])
  })

  it('is verified with evidence that says it is of an emulator, and breaks only what that cannot keep', async () => {
    const { stdout, code } = await trial.edge('verify', '--json')
    const { guarantees: all }: { guarantees: readonly JudgementJson[] } = JSON.parse(stdout)
    const guarantees = all.filter(({ component }) => component === 'cdn')
    // Nobody takes a room that has no stack there, or whose stack is not deployed, for one that keeps its promises.
    const others = all.filter(({ component }) => component !== 'cdn')
    expect(new Set(others.map(({ because = '' }) => because.split(':')[0]))).toEqual(
      new Set([
        'not built yet',
        ...['database', 'backup', 'monitoring'].map((room) => `trial-${room} is not deployed`),
      ]),
    )
    const evidence = guarantees.flatMap((one) => one.evidence ?? [])
    expect(evidence.length).toBeGreaterThan(4)
    expect(evidence.filter(({ on }) => on !== 'emulator')).toEqual([])
    const of = (verdict: string) => guarantees.filter((one) => one.verdict === verdict)
    const names = (verdict: string) => of(verdict).map(({ id }) => id.replace('cdn.', ''))
    expect({ code, kept: names('kept'), notClaimed: names('notClaimed') }).toEqual({
      code: 1,
      kept: ['staticCaching', 'cacheBusting', 'originShield', 'worldwide', 'keptAssets'],
      notClaimed: [
        'originPrivate',
        // The page leads to no picture and to no font.
        'imageCaching',
        'fontCaching',
        'compression',
        'https',
        'certificate',
        'atomicReleases',
        'rollback',
        'hitRatio',
      ],
    })
    expect(Object.fromEntries(of('broken').map(({ id, because }) => [id, because]))).toEqual(brokenOnEmulator)
  })

  it('finds what a hand changed where what visitors see is as it was', async () => {
    const judged = async () => {
      const { stdout } = await trial.edge('verify', 'cdn.staticCaching', '--json')
      const { guarantees }: { guarantees: readonly JudgementJson[] } = JSON.parse(stdout)
      return guarantees.map(({ verdict, because, evidence }) => [verdict, because ?? evidence?.how])
    }
    const client = trial.cloudFront()
    const { id } = await deployedStack('trial-cdn', { region: 'us-east-1', endpoint: trial.emulator.address })
    const Id = id('Cachehashed')
    const keepFor = async (MaxTTL: number) => {
      const { CachePolicyConfig: was, ETag: IfMatch } = await client.send(new GetCachePolicyConfigCommand({ Id }))
      if (was === undefined) throw new Error('there is no cache policy')
      await client.send(new UpdateCachePolicyCommand({ Id, IfMatch, CachePolicyConfig: { ...was, MaxTTL } }))
    }
    expect(await judged()).toEqual([['kept', 'measured']])
    await keepFor(60)
    expect(await judged()).toEqual([
      ['broken', expect.stringContaining('cache policy of files with a hash is 0, 0, 60, true')],
    ])
    await keepFor(365 * 86_400)
    expect(await judged()).toEqual([['kept', 'measured']])
  })

  it('finds that a chunk of the release before is gone from the bucket', async () => {
    const Key = 'assets/app-2A2b3C4d5.js'
    const judged = async () => {
      const { stdout } = await trial.edge('verify', 'cdn.keptAssets', '--json')
      const { guarantees }: { guarantees: readonly JudgementJson[] } = JSON.parse(stdout)
      return guarantees.map(({ verdict, because }) => because ?? verdict)
    }
    const aside = { Bucket: bucket, Key: '.edge/aside' }
    await trial.s3().send(new CopyObjectCommand({ ...aside, CopySource: `${bucket}/${Key}` }))
    await trial.s3().send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    expect(await judged()).toEqual([
      expect.stringMatching(/^assets\/app-2A2b3C4d5\.js of .* answers 403, another file$/),
    ])
    await trial.s3().send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/${aside.Key}` }))
    await trial.s3().send(new DeleteObjectCommand(aside))
    expect(await judged()).toEqual(['kept'])
  })

  it('serves the release before whole when it is killed in the middle, and completes when it is run again', async () => {
    const { live } = await releases()
    const { child, ended } = await publishSlowly(3)
    child.kill('SIGKILL')
    await ended
    expect((await releases()).live).toBe(live)
    expect(await page()).toContain('version 1')
    expect((await get('/assets/app-1A2b3C4d5.js')).status).toBe(200)
    expect(await publish()).toMatchObject({ is: 'live' })
    expect(await page()).toContain('version 3')
    expect((await get('/picture-249.png')).status).toBe(200)
    expect(await keysBelow('.edge/lock')).toEqual([])
  })

  it('refuses a second one while the first is under way', async () => {
    const { ended } = await publishSlowly(4)
    const ran = await trial.edge('publish', trial.dist)
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/lock: edge publish \(.*\) is at work on this site/),
    ])
    expect(await ended).toEqual([0, null])
    expect(await page()).toContain('version 4')
  })

  it('prunes what the configuration need not keep, and never what a kept release names', async () => {
    const before = await releases()
    await trial.configure(`cdn: { releases: { keep: 2, keepFor: '1 day' } },`)
    expect(await trial.must('releases', 'prune', '--yes')).toContain('nothing to delete')
    await trial.configure(`cdn: { releases: { keep: 2, keepFor: '1 millisecond' } },`)
    const planned = JSON.parse(await trial.must('releases', 'prune', '--dry-run', '--json'))
    expect(planned.wouldDelete).toHaveLength(before.releases.length - 2)
    await trial.must('releases', 'prune', '--yes')
    const after = await releases()
    expect([after.live, after.releases]).toEqual([before.live, before.releases.slice(-2)])
    const scripts = [1, 2, 3, 4].map(async (version) => (await get(`/assets/app-${version}A2b3C4d5.js`)).status)
    expect(await Promise.all(scripts)).toEqual([403, 403, 200, 200])
    await trial.must('rollback')
    expect(await page()).toContain('version 3')
    await trial.configure('')
  })
})

describe('a name that reads like one with a hash, on AWS', () => {
  const name = 'firebase-messaging-sw.js'
  const served = async (): Promise<string> => (await get(`/${name}`)).body.toString()
  const publishWith = async (content: string) => {
    await trial.build(5)
    await writeFile(join(trial.dist, name), content)
    return publish()
  }

  it('is of the release that is live, before and after a rollback', async () => {
    await publishWith('one')
    expect(await served()).toBe('one')
    await publishWith('two')
    expect(await served()).toBe('two')
    await trial.must('rollback')
    expect(await served()).toBe('one')
  })

  it('is forgotten by CloudFront when it is changed', async () => {
    expect(await forgotten()).toContain(`/${name}`)
  })
})

describe('a picture with a hash in its name that an older version put only where visitors ask', () => {
  const name = 'assets/logo-A1b2C3d4.png'
  /** Publishes it, then a release with or without it, and takes away what older versions did not have. */
  const published = async (content: string, later: string | undefined): Promise<string> => {
    await trial.build(8)
    await writeFile(join(trial.dist, name), content)
    const { release } = await publish()
    await trial.build(9)
    if (later !== undefined) await writeFile(join(trial.dist, name), later)
    await publish()
    await trial.s3().send(new DeleteObjectCommand({ Bucket: bucket, Key: `.edge/releases/${release.id}/${name}` }))
    return release.id
  }

  it('is had back with its release', async () => {
    const id = await published('a picture', undefined)
    await trial.must('rollback', id)
    const { status, body } = await get(`/${name}`)
    expect([await page(), status, body.toString()]).toEqual([expect.stringContaining('version 8'), 200, 'a picture'])
  })

  it('is not taken for that where a release has it with other content', async () => {
    const id = await published('one picture', 'another picture')
    const { code, stderr } = await trial.edge('rollback', id)
    expect([code, stderr]).toEqual([1, expect.stringContaining(`is not whole: ${name} is missing in the bucket`)])
  })
})

describe('a file that an earlier release has with the same content, on AWS', () => {
  it('is not uploaded again', async () => {
    await trial.build(10, 3)
    await publish()
    await writeFile(join(trial.dist, 'picture-1.png'), 'changed')
    expect(await publish()).toMatchObject({ written: { files: 1, bytes: 'changed'.length } })
    const { body } = await get('/picture-2.png')
    expect(body.toString()).toContain('10 2')
  })

  it('is not copied again to where visitors have it', async () => {
    const versions = async (): Promise<number> => {
      const listed = await trial.s3().send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'picture-2.png' }))
      return listed.Versions?.length ?? 0
    }
    const before = await versions()
    await writeFile(join(trial.dist, 'picture-1.png'), 'changed once more')
    await publish()
    expect([before > 0, await versions()]).toEqual([true, before])
  })

  it('is kept for as long as the configuration says now, also where nothing else has changed', async () => {
    await trial.configure(`cdn: { cache: { images: '8 days', hashedAssets: '300 days' } },`)
    expect(await publish()).toMatchObject({ is: 'live', written: { files: 0 } })
    const picture = await get('/picture-2.png')
    expect([picture.header('cache-control'), picture.header('content-type')]).toEqual([
      expect.stringContaining(`max-age=${8 * 86_400}`),
      'image/png',
    ])
    const script = await get('/assets/app-10A2b3C4d5.js')
    expect(script.header('cache-control')).toContain(`max-age=${300 * 86_400}, immutable`)
    expect(await publish()).toMatchObject({ is: 'unchanged' })
    await trial.configure('')
  })
})

describe('a name with a hash, on AWS', () => {
  it('is refused with other content, and what is live stays as it was', async () => {
    await trial.build(5)
    await publish()
    const path = 'assets/app-5A2b3C4d5.js'
    const before = (await get(`/${path}`)).body.toString()
    await writeFile(join(trial.dist, path), 'of another build')
    const ran = await trial.edge('publish', trial.dist)
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`${path} had other content in `)])
    expect((await get(`/${path}`)).body.toString()).toBe(before)
  })
})

describe('a publication to AWS', () => {
  it('is looked at from outside, and says how soon it was seen', async () => {
    await trial.build(7)
    const { flip } = await publish()
    expect(flip).toMatchObject({ visibleMs: expect.any(Number), loads: { failed: 0 } })
  })

  it('answers for a name with a +, however that is written', async () => {
    await writeFile(join(trial.dist, 'c++.txt'), 'of a name with a +')
    await publish()
    const bodies = await Promise.all(
      ['/c++.txt', '/c%2B%2B.txt'].map(async (path) => (await get(path)).body.toString()),
    )
    expect(bodies).toEqual(['of a name with a +', 'of a name with a +'])
  })

  it('deletes the releases that need not be kept any more, and says which', async () => {
    await trial.configure(`cdn: { releases: { keep: 2, keepFor: '1 millisecond' } },`)
    const before = await releases()
    await trial.build(6)
    // As a publication leaves it that was killed before its release had a list.
    const Key = '.edge/releases/2026-11-23.1-00000000/picture.png'
    await trial.s3().send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'a picture' }))
    const { pruned } = await publish()
    const gone = before.releases.slice(0, -1).map(({ id }) => id)
    expect(pruned).toEqual(gone)
    expect((await releases()).releases).toHaveLength(2)
    expect(await keysBelow('.edge/releases/2026-11-23.1-00000000/')).toEqual([])
    await trial.configure('')
  })
})
