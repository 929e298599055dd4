import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { project } from './instance.ts'
import { type Answer, Between, type Rule } from './ministack/between.ts'
import { AwsTrial } from './ministack/trial.ts'
import { onTerminal } from './terminal.ts'

let trial: AwsTrial
let between: Between
let host = ''
beforeAll(async () => {
  trial = await AwsTrial.make()
  between = await Between.start(trial.emulator)
  trial.environment = between.environment
  host = await trial.deploy('--yes')
})
afterEach(() => {
  between.rule = passes
})
afterAll(async () => {
  await between.stop()
  await trial.remove()
})

const passes: Rule = (_, emulator) => emulator()
const denied: Answer = {
  status: 403,
  body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no right to this</Message></Error></ErrorResponse>',
}
const of = (action: string, body: string): boolean => body.includes(`Action=${action}&`)
const asksForPage = ({ method, path }: Parameters<Rule>[0]): boolean => method === 'GET' && path === '/'

const page = async (): Promise<string> => (await trial.get(host, '/')).body.toString()
const live = async (): Promise<string> => JSON.parse(await trial.must('releases', '--json')).live

/** Builds a version and publishes it; answers which release that is. */
async function publishVersion(version: number): Promise<string> {
  await trial.build(version)
  return JSON.parse(await trial.must('publish', trial.dist, '--json')).release.id
}

/** Runs a verb while every request that is meant is refused. */
async function whileDenied(meant: (asked: Parameters<Rule>[0]) => boolean, ...args: string[]) {
  between.rule = async (asked, emulator) => (meant(asked) ? denied : emulator())
  const ran = await trial.edge(...args)
  expect(ran.stderr).not.toContain('mistake of edge')
  return ran
}

/** Begins a verb, interrupts it as Ctrl-C does when a request was made, and answers how it ended. */
async function interruptedAt(request: RegExp, ...args: string[]) {
  between.asked.length = 0
  const { child, ended, said } = trial.begin(...args)
  await expect
    .poll(() => between.asked.filter((asked) => request.test(asked)).length, { interval: 20 })
    .toBeGreaterThan(0)
  child.kill('SIGINT')
  return { ended: await ended, said: said() }
}

/** Interrupts a verb while it waits for CloudFront to forget the release before: all files are in place. */
async function interruptedAtCloudFront(...args: string[]) {
  between.rule = async ({ path }, emulator) => {
    const answer = await emulator()
    const body = answer.body.replace('<Status>Completed<', '<Status>InProgress<')
    return path.includes('/invalidation') ? { ...answer, body } : answer
  }
  const cut = await interruptedAt(/^GET .*\/invalidation\//, ...args)
  between.rule = passes
  return cut
}

/** CloudFormation that never ends what an action has begun: each stack is then as it was last, and at work. */
function endless(action: string, status: string): Rule {
  let [begun, last] = [false, { status: 200, body: '' }]
  return async ({ body }, emulator) => {
    begun ||= of(action, body)
    if (!of('DescribeStacks', body)) return emulator()
    const now = await emulator()
    if (now.status === 200 && now.body.includes('<StackStatus>')) last = now
    return begun ? { ...last, body: last.body.replace(/<StackStatus>\w+</, `<StackStatus>${status}<`) } : now
  }
}

describe('what AWS refuses', () => {
  it('is no mistake of edge: a plan', async () => {
    const ran = await whileDenied(({ body }) => of('DescribeStacks', body), 'plan')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: AccessDenied: no right to this')])
    expect(ran.stderr).toContain('hint: these credentials may not do that')
  })

  it('is no mistake of edge: a stack that is compared with what was deployed', async () => {
    const ran = await whileDenied(({ body }) => of('DetectStackDrift', body), 'plan', '--drift')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: AccessDenied: no right to this')])
  })

  it('is no mistake of edge: a release, and CloudFront that is to forget the one before', async () => {
    const bucket = await whileDenied(({ path }) => path.includes('list-type=2'), 'releases')
    expect([bucket.code, bucket.stderr]).toEqual([1, expect.stringContaining('aws: AccessDenied: no right to this')])
    const ran = await whileDenied(({ path }) => path.includes('/invalidation'), 'publish', trial.dist)
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: AccessDenied: no right to this')])
  })

  it('is no mistake of edge: a stack that may not be deleted, and is still there', async () => {
    const ran = await whileDenied(({ body }) => of('DeleteStack', body), 'destroy', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: it was not deleted.')])
    expect(ran.stderr).toContain('trial-cdn: CREATE_COMPLETE; what was not deleted is still there')
  })

  it('is told from a network that is down', async () => {
    between.rule = async ({ body }, emulator) => (of('DescribeStacks', body) ? 'hang up' : emulator())
    const ran = await trial.edge('plan')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('does this machine reach AWS?')])
    expect(ran.stderr).not.toContain('mistake of edge')
  })
})

describe('Ctrl-C', () => {
  it('ends the wait for CloudFront: the release before stays the live one, and another publication is free to begin', async () => {
    const cut = await interruptedAtCloudFront('publish', trial.dist)
    expect(cut).toEqual({ ended: [130, null], said: expect.stringContaining('interrupted') })
    expect(JSON.parse(await trial.must('releases', '--json')).live).toBeNull()
    expect(JSON.parse(await trial.must('publish', trial.dist, '--json'))).toMatchObject({ is: 'live' })
  })

  it('ends the wait for a deployment, and says that CloudFormation goes on with it', async () => {
    await trial.configure(`cdn: { cache: { images: '8 days' } },`)
    between.rule = endless('ExecuteChangeSet', 'UPDATE_IN_PROGRESS')
    const cut = await interruptedAt(/ExecuteChangeSet$/, 'deploy', 'cdn', '--yes')
    expect(cut).toEqual({ ended: [130, null], said: expect.stringContaining('CloudFormation goes on by itself') })
    expect(cut.said).toContain('aws cloudformation describe-stacks --stack-name trial-cdn')
    between.rule = passes
    expect(await trial.must('plan')).toContain('nothing to change')
  })
})

describe('a publication that was cut off while it waited for CloudFront', () => {
  let [first, said] = ['', '']
  beforeEach(async () => {
    first = await publishVersion(1)
    await trial.build(2)
    said = (await interruptedAtCloudFront('publish', trial.dist)).said
  })

  it('says that visitors have it already, and what brings the live one back', async () => {
    expect([await page(), await live()]).toEqual([expect.stringContaining('version 2'), first])
    expect(said).toMatch(/visitors may have files of .* already/)
    expect(said).toContain(`edge rollback ${first} --target aws brings that one back`)
  })

  it.each([
    ['rolling back', () => ['rollback']],
    ['rolling back to it by its name', () => ['rollback', first]],
  ])('is undone by %s: the live one has its files back', async (_, undo) => {
    await trial.must(...undo())
    expect([await page(), await live()]).toEqual([expect.stringContaining('version 1'), first])
  })

  it('is undone by publishing the live one again, and nothing of the other is left in any cache', async () => {
    const asked: string[] = []
    between.rule = async ({ path, body }, emulator) => {
      if (path.endsWith('/invalidation')) asked.push(body)
      return emulator()
    }
    await trial.build(1)
    expect(JSON.parse(await trial.must('publish', trial.dist, '--json'))).toMatchObject({ is: 'live' })
    expect(await page()).toContain('version 1')
    expect(asked).toEqual([expect.stringContaining('<Path>/*</Path>')])
  })

  it('is as it was meant when it is run again, and is then undone like any other', async () => {
    await trial.must('publish', trial.dist)
    expect(await page()).toContain('version 2')
    expect(JSON.parse(await trial.must('publish', trial.dist, '--json'))).toMatchObject({ is: 'unchanged' })
    await trial.must('rollback')
    expect([await page(), await live()]).toEqual([expect.stringContaining('version 1'), first])
  })
})

describe('a publication that nobody sees from outside', () => {
  beforeEach(async () => {
    between.rule = async (asked, emulator) => (asksForPage(asked) ? denied : emulator())
  })

  it('is live, and says so', async () => {
    await trial.build(4)
    expect(await trial.must('publish', trial.dist)).toContain('not seen from outside yet: edge verify cdn')
  })

  it('is written down before it is looked for, and Ctrl-C ends the looking', async () => {
    await trial.build(5)
    const cut = await interruptedAt(/^PUT .*\/flips\//, 'publish', trial.dist)
    expect(cut.ended).toEqual([0, null])
    const { live: now, flips } = JSON.parse(await trial.must('releases', '--json'))
    expect(flips.at(-1)).toMatchObject({ release: now, how: 'publish' })
  })
})

describe('a publication that CloudFront takes its time for', () => {
  it('is seen from outside before CloudFront has forgotten the release before', async () => {
    let isSeen = false
    between.rule = async (asked, emulator) => {
      const answer = await emulator()
      isSeen ||= asksForPage(asked) && answer.body.includes('version 6')
      const body = isSeen ? answer.body : answer.body.replace('<Status>Completed<', '<Status>InProgress<')
      return asked.path.includes('/invalidation') ? { ...answer, body } : answer
    }
    await trial.build(6)
    const { flip } = JSON.parse(await trial.must('publish', trial.dist, '--json'))
    expect(flip).toMatchObject({ visibleMs: expect.any(Number), loads: { failed: 0 } })
  })
})

describe('a rollback that was cut off while it waited for CloudFront', () => {
  let [good, bad, said] = ['', '', '']
  beforeEach(async () => {
    good = await publishVersion(1)
    bad = await publishVersion(2)
    said = (await interruptedAtCloudFront('rollback')).said
  })

  it('says what completes it, and what brings the live one back', () => {
    expect(said).toContain(`visitors may have files of ${good} already`)
    expect(said).toContain(`edge rollback ${good} --target aws completes it`)
    expect(said).toContain(`edge rollback ${bad} --target aws brings that one back`)
  })

  it('is completed by the same command again, which names no release', async () => {
    await trial.must('rollback')
    expect([await page(), await live()]).toEqual([expect.stringContaining('version 1'), good])
  })

  it('is undone by rolling back to the live one by its name', async () => {
    await trial.must('rollback', bad)
    expect([await page(), await live()]).toEqual([expect.stringContaining('version 2'), bad])
  })
})

describe('a switch that CloudFront is not told of', () => {
  const toCloudFront = ({ path }: Parameters<Rule>[0]): boolean => path.includes('/invalidation')

  it('says what completes the publication', async () => {
    await publishVersion(1)
    await trial.build(2)
    const { stderr } = await whileDenied(toCloudFront, 'publish', trial.dist)
    expect(stderr).toMatch(/visitors may have files of .* already/)
    expect(stderr).toContain('the same publication again completes it: edge publish FOLDER --target aws')
  })

  it('says what completes the rollback', async () => {
    const good = await publishVersion(1)
    await publishVersion(2)
    const { stderr } = await whileDenied(toCloudFront, 'rollback')
    expect(stderr).toContain(`edge rollback ${good} --target aws completes it`)
  })
})

describe('a rollback to an old release that was cut off', () => {
  it('has the release whose page visitors may have left alone by prune', async () => {
    const wanted = await publishVersion(1)
    for (const version of [2, 3]) await publishVersion(version)
    await interruptedAtCloudFront('rollback', wanted)
    await trial.configure(`cdn: { releases: { keep: 2, keepFor: '1 millisecond' } },`)
    await trial.must('releases', 'prune', '--yes')
    await trial.configure('')
    const { releases } = JSON.parse(await trial.must('releases', '--json'))
    expect(releases.map(({ id }: { id: string }) => id)).toContain(wanted)
  })
})

describe('what is answered with no, or cannot be done', () => {
  /** Runs a verb on a terminal, where its question is answered. */
  function answered(question: string, answer: string, ...words: string[]) {
    const environment = Object.entries(between.environment).map(([name, value]) => `${name}=${value}`)
    const command = ['env', ...environment, join(project, 'edge'), ...trial.words(words)]
    return onTerminal(command, [{ when: question, type: `${answer}\r` }])
  }

  it('changes nothing, and says so', async () => {
    await trial.configure(`cdn: { cache: { images: '9 days' } },`)
    const { code, shown } = await answered('Deploy this?', 'n', 'deploy', 'cdn')
    expect([code, shown]).toEqual([1, expect.stringContaining('nothing was changed')])
    const destroyed = await answered('to delete it:', 'tria', 'destroy')
    expect([destroyed.code, destroyed.shown]).toEqual([2, expect.stringContaining('nothing was deleted')])
    expect(await trial.must('plan')).toContain('1 changes')
  })

  it('is asked of a plan in a file, too, where --confirm says so', async () => {
    const plan = join(trial.folder, 'plan.json')
    await trial.must('plan', '--out', plan)
    const ran = await trial.edge('deploy', 'cdn', plan, '--confirm')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('there is no terminal to ask on')])
  })

  it.each(['nowhere/plan.json', 'dist', 'production.config.ts/plan.json'])(
    'is a plan at %s: the operator’s to mend',
    async (name) => {
      const ran = await trial.edge('plan', '--out', join(trial.folder, name))
      expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('--out: cannot be written: E')])
    },
  )
})

describe('Ctrl-C at the end of a site', () => {
  it('ends the wait for its deletion, and says that CloudFormation goes on with it', async () => {
    between.rule = endless('DeleteStack', 'DELETE_IN_PROGRESS')
    const cut = await interruptedAt(/DeleteStack$/, 'destroy', '--yes')
    expect(cut).toEqual({ ended: [130, null], said: expect.stringContaining('CloudFormation goes on by itself') })
    between.rule = passes
    const ran = await trial.edge('releases')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('trial-cdn: is not deployed')])
  })
})
