import { join } from 'node:path'
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { project } from './instance.ts'
import { type Between, letThrough, type Rule } from './ministack/between.ts'
import {
  denied,
  interruptedAt,
  interruptedAtCloudFront,
  publishVersion,
  remove,
  visible,
  type Watched,
  watchedTrial,
  whileDenied,
} from './ministack/interrupt.ts'
import type { AwsTrial } from './ministack/trial.ts'
import { onTerminal } from './terminal.ts'

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

const of = (action: string, body: string): boolean => body.includes(`Action=${action}&`)
const asksForPage = ({ method, path }: Parameters<Rule>[0]): boolean => method === 'GET' && path === '/'

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
    const ran = await whileDenied(watched, ({ body }) => of('DescribeStacks', body), 'plan')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: AccessDenied: no right to this')])
    expect(ran.stderr).toContain('hint: these credentials may not do that')
  })

  it('is no mistake of edge: a stack that is compared with what was deployed', async () => {
    const ran = await whileDenied(watched, ({ body }) => of('DetectStackDrift', body), 'plan', '--drift')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: AccessDenied: no right to this')])
  })

  it('is no mistake of edge: a release, and CloudFront that is to forget the one before', async () => {
    const bucket = await whileDenied(watched, ({ path }) => path.includes('list-type=2'), 'releases')
    expect([bucket.code, bucket.stderr]).toEqual([1, expect.stringContaining('aws: AccessDenied: no right to this')])
    const ran = await whileDenied(watched, ({ path }) => path.includes('/invalidation'), 'publish', trial.dist)
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: AccessDenied: no right to this')])
  })

  it('is no mistake of edge: a stack that may not be deleted, and is still there', async () => {
    const ran = await whileDenied(watched, ({ body }) => of('DeleteStack', body), 'destroy', '--yes')
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

describe('a stack of which CloudFormation cannot compare every resource', () => {
  it('is said to be compared in part only', async () => {
    between.rule = async ({ body }, emulator) => {
      const answer = await emulator()
      return of('DescribeStackDriftDetectionStatus', body)
        ? { ...answer, body: answer.body.replaceAll('DETECTION_COMPLETE', 'DETECTION_FAILED') }
        : answer
    }
    const ran = await trial.edge('plan', '--drift')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('trial-cdn: could not be compared as a whole')])
    expect(ran.stderr).toContain('of what could be compared, nothing was changed')
  })
})

describe('what a hand changed', () => {
  it('is asked to be put back, where that is wanted, and not with a plan that says nothing of it', async () => {
    const [Bucket, Status] = [await trial.bucketOf('store'), 'Suspended'] as const
    await trial.s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
    await trial.configure(`cdn: { cache: { images: '5 days' } },`)
    await trial.must('plan', '--out', join(trial.folder, 'plan.json'))
    const refused = await trial.edge('deploy', 'cdn', '--revert-drift', join(trial.folder, 'plan.json'))
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--revert-drift: does more than')])
    const modes: string[] = []
    between.rule = async ({ body }, emulator) => {
      if (of('CreateChangeSet', body)) modes.push(new URLSearchParams(body).get('DeploymentMode') ?? 'none')
      return emulator()
    }
    expect(await trial.must('deploy', 'cdn', '--revert-drift', '--yes')).toMatch(/changed by hand +Store/)
    expect(modes).toEqual(['REVERT_DRIFT'])
    await trial.s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  })
})

describe('a deployment that CloudFormation would do more in than the plan shows', () => {
  it('is not begun', async () => {
    await trial.configure(`cdn: { cache: { images: '6 days' } },`)
    between.rule = async ({ body }, emulator) => {
      const answer = await emulator()
      if (!of('DescribeChangeSet', body)) return answer
      const more =
        '<ResourceChange><Action>Remove</Action><LogicalResourceId>Somebodys</LogicalResourceId></ResourceChange>'
      return {
        ...answer,
        body: answer.body.replace('<Changes>', `<Changes><member><Type>Resource</Type>${more}</member>`),
      }
    }
    const ran = await trial.edge('deploy', 'cdn', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('the plan does not show: delete Somebodys')])
    expect(between.asked.some((one) => one.endsWith('DeleteChangeSet'))).toBe(true)
    between.rule = letThrough
    expect(await trial.must('plan')).not.toContain('nothing to change')
    await trial.configure('')
  })
})

describe('a stack that is stuck', () => {
  it('is said by the plan to be, with the next step', async () => {
    between.rule = async (_, emulator) => {
      const { status, body } = await emulator()
      return { status, body: body.replace(/<StackStatus>\w+_COMPLETE</, '<StackStatus>ROLLBACK_FAILED<') }
    }
    const out = await trial.must('plan')
    expect(out).toMatch(/ROLLBACK_FAILED: .* it can only be deleted\n +next +edge destroy cdn --target aws deletes it/)
    expect(JSON.parse(await trial.must('plan', '--json')).stacks).toMatchObject([{ status: 'ROLLBACK_FAILED' }])
  })
})

describe('Ctrl-C', () => {
  it('ends the wait for CloudFront: the release before stays the live one, and another publication is free to begin', async () => {
    const cut = await interruptedAtCloudFront(watched, 'publish', trial.dist)
    expect(cut).toEqual({ ended: [130, null], said: expect.stringContaining('interrupted') })
    expect(JSON.parse(await trial.must('releases', '--json')).live).toBeNull()
    expect(JSON.parse(await trial.must('publish', trial.dist, '--json'))).toMatchObject({ is: 'live' })
  })

  it('ends the wait for a deployment, and says that CloudFormation goes on with it', async () => {
    await trial.configure(`cdn: { cache: { images: '8 days' } },`)
    between.rule = endless('ExecuteChangeSet', 'UPDATE_IN_PROGRESS')
    const cut = await interruptedAt(watched, /ExecuteChangeSet$/, 'deploy', 'cdn', '--yes')
    expect(cut).toEqual({ ended: [130, null], said: expect.stringContaining('CloudFormation goes on by itself') })
    expect(cut.said).toContain('aws cloudformation describe-stacks --stack-name trial-cdn')
    between.rule = letThrough
    expect(await trial.must('plan')).toContain('nothing to change')
  })
})

describe('a switch that was cut off while it waited for CloudFront', () => {
  it('says that visitors have a publication already, and is undone by rolling back', async () => {
    const first = await publishVersion(watched, 1)
    await trial.build(2)
    const { said } = await interruptedAtCloudFront(watched, 'publish', trial.dist)
    expect(await visible(watched)).toEqual({ page: expect.stringContaining('version 2'), live: first })
    expect(said).toMatch(/visitors may have files of .* already/)
    expect(said).toContain(`edge rollback ${first} --target aws brings that one back`)
    await trial.must('rollback')
    expect(await visible(watched)).toEqual({ page: expect.stringContaining('version 1'), live: first })
  })

  it('says what completes a rollback, which the same command does', async () => {
    const good = await publishVersion(watched, 1)
    const bad = await publishVersion(watched, 2)
    const { said } = await interruptedAtCloudFront(watched, 'rollback')
    expect(said).toContain(`visitors may have files of ${good} already`)
    expect(said).toContain(`edge rollback ${good} --target aws completes it`)
    expect(said).toContain(`edge rollback ${bad} --target aws brings that one back`)
    await trial.must('rollback')
    expect(await visible(watched)).toEqual({ page: expect.stringContaining('version 1'), live: good })
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
    const cut = await interruptedAt(watched, /^PUT .*\/flips\//, 'publish', trial.dist)
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
    expect(await trial.must('plan')).toContain('1 change;')
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
    const cut = await interruptedAt(watched, /DeleteStack$/, 'destroy', '--yes')
    expect(cut).toEqual({ ended: [130, null], said: expect.stringContaining('CloudFormation goes on by itself') })
    between.rule = letThrough
    const ran = await trial.edge('releases')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('trial-cdn: is not deployed')])
  })
})
