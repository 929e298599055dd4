import { CfnTopic } from 'aws-cdk-lib/aws-sns'
import { CfnQueue } from 'aws-cdk-lib/aws-sqs'
import { CfnOutput, Stack } from 'aws-cdk-lib/core'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Operator } from '../src/targets/aws/instance.ts'
import type { Placed } from '../src/targets/aws/place.ts'
import type { RoomStack } from '../src/targets/aws/room.ts'
import type { Report, Target, Wanted } from '../src/core/target.ts'
import { Between, letThrough } from './ministack/between.ts'
import { testWorld } from './world.ts'

/** What the first stack is told, and what it gives to the second. */
type Queue = { readonly retention: number; readonly queueName?: string; readonly note?: string }
type Provided = { readonly arn: string }

const queueStack: RoomStack<Queue, object, Provided> = {
  component: 'database',
  name: 'queue',
  title: 'A queue',
  region: 'us-east-1',
  define: (app, { stack, props }, { retention, queueName, note }) => {
    const made = new Stack(app, stack, props)
    if (note !== undefined) made.templateOptions.metadata = { note }
    const queue = new CfnQueue(made, 'Queue', {
      messageRetentionPeriod: retention,
      ...(queueName === undefined ? {} : { queueName }),
    })
    new CfnOutput(made, 'Arn', { value: queue.attrArn })
  },
  provides: (outputs) => ({ arn: outputs.get('Arn') }),
}

/** It says in its name what it was handed; without that there is no template of it. */
const topicStack: RoomStack<object, Provided, object> = {
  component: 'monitoring',
  name: 'topic',
  title: 'A topic',
  region: 'configured',
  define: (app, { stack, props }, _, { arn }) => {
    const made = new Stack(app, stack, props)
    new CfnTopic(made, 'Topic', { displayName: arn })
  },
  provides: () => ({}),
}

let between: Between
let place: typeof import('../src/targets/aws/place.ts').place
let awsTarget: typeof import('../src/targets/aws/target.ts').awsTarget
beforeAll(async () => {
  between = await Between.withEmulator()
  // Before the SDK's clients and the toolkit are loaded: both read it from the process.
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  ;({ place } = await import('../src/targets/aws/place.ts'))
  ;({ awsTarget } = await import('../src/targets/aws/target.ts'))
})
beforeEach(() => {
  between.rule = letThrough
  between.asked.length = 0
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await between.stop()
})

const where = { instance: 'toy', account: '000000000000', region: 'eu-central-1' }
const options = {
  dryRun: false,
  yes: true,
  confirm: false,
  drift: false,
  revertDrift: false,
  buckets: [],
  forGood: [],
  mayReplace: [],
}
const paint = { red: String, green: String, yellow: String, dim: String, bold: String }
const linesOf = ({ lines }: Report): string => lines(paint).join('\n')
/** By name: without it, `--yes` adds no component to those that are there. */
const all: Wanted = { named: ['database', 'monitoring'], skipped: [] }

/** The two stacks in the order of a list that has the needy one first, and what is shown of the work. */
function toy(settings: Queue): { readonly target: Target; readonly shown: string[] } {
  const shown: string[] = []
  const queue = place(where, queueStack, settings, {}, () => ({}))
  const topic = place(where, topicStack, {}, { queue }, ({ queue: { arn } }) => ({ arn }))
  const stacks: readonly Placed[] = [topic, queue]
  const operator: Operator = {
    world: testWorld().world,
    options,
    during: async (name, work, detail) => {
      const result = await work({ say: () => undefined })
      shown.push(`${name} ${detail(result)}`)
      return result
    },
    show: (lines) => void shown.push(...lines(paint)),
    agreed: () => Promise.resolve(true),
    typed: () => Promise.reject(new Error('nothing here is for good')),
  }
  const opened = {
    name: 'toy',
    account: where.account,
    stacks,
    guarantees: () => Promise.resolve([]),
    documentSteps: (components: readonly string[]) => components.map((name) => `${name} names its steps`),
  }
  return { target: awsTarget(stacks, () => Promise.resolve(opened), operator), shown }
}

const askedFor = (action: string): number => between.asked.filter((one) => one.endsWith(` ${action}`)).length

it('plans the first stack, and says of the second that nobody knows yet what it needs', async () => {
  const { target } = toy({ retention: 3600 })
  const planned = await target.plan(all)
  expect(linesOf(planned)).toMatch(/^toy-queue .*us-east-1, not there yet\n +add +Queue/)
  expect(linesOf(planned)).toMatch(
    /toy-topic .*eu-central-1, not there yet\n +NOT SHOWN +it needs what toy-queue answers/,
  )
  expect(linesOf(planned)).toContain('1 stack NOT SHOWN yet')
})

it('deploys nothing where a template is larger than CloudFormation takes at all', async () => {
  const { target } = toy({ retention: 3600, note: 'x'.repeat(1_000_000) })
  // One after the other: the second would fail while nobody waits for it yet.
  for (const refused of [() => target.plan(all), () => target.apply(all)])
    await expect(refused()).rejects.toMatchObject({
      where: 'toy-queue',
      message: expect.stringMatching(/^its template has 1000\d{3} bytes, and CloudFormation takes 1000000$/),
      exitCode: 2,
    })
  expect(between.asked.filter((one) => /^PUT |ChangeSet/.test(one))).toEqual([])
})

it('deploys neither where the first fails, and says what was not begun', async () => {
  between.rule = async ({ body }, answered) =>
    body.includes('Action=CreateChangeSet') && body.includes('toy-queue')
      ? {
          status: 400,
          body: '<ErrorResponse><Error><Code>LimitExceeded</Code><Message>no</Message></Error></ErrorResponse>',
        }
      : answered()
  const { target } = toy({ retention: 3600 })
  await expect(target.apply(all)).rejects.toMatchObject({
    message: expect.stringContaining('it was not deployed'),
    hints: expect.arrayContaining(['not begun: toy-topic']),
  })
})

it('says what is deployed so far where the second fails, and goes on from there', async () => {
  between.rule = async ({ body }, answered) =>
    body.includes('Action=CreateChangeSet') && body.includes('toy-topic')
      ? {
          status: 400,
          body: '<ErrorResponse><Error><Code>LimitExceeded</Code><Message>no</Message></Error></ErrorResponse>',
        }
      : answered()
  await expect(toy({ retention: 3600 }).target.apply(all)).rejects.toMatchObject({
    where: 'aws',
    hints: [
      'toy-topic: is not there; what was there before is there again',
      'deployed so far: toy-queue',
      'mend the cause, then edge plan --target aws, and edge deploy --target aws again',
    ],
  })
  between.rule = letThrough
  const { target, shown } = toy({ retention: 3600 })
  const done = await target.apply(all)
  expect([done.json, linesOf(done)]).toMatchObject([{ changed: 1 }, expect.stringContaining('names its steps')])
  expect(shown.slice(-1)).toEqual(['deploy toy-topic: 1 change'])
  const { json } = await target.status()
  expect(json).toMatchObject({
    stacks: [
      { stack: 'toy-topic', region: 'eu-central-1', status: 'CREATE_COMPLETE' },
      { stack: 'toy-queue', region: 'us-east-1', status: 'CREATE_COMPLETE' },
    ],
  })
})

it('makes no change set where nothing changed', async () => {
  const { target } = toy({ retention: 3600 })
  const done = await target.apply(all)
  expect([done.json, linesOf(done)]).toMatchObject([{ changed: 0 }, expect.stringContaining('names its steps')])
  expect([askedFor('CreateChangeSet'), askedFor('ExecuteChangeSet')]).toEqual([0, 0])
})

it('makes one change set where one stack changed, and skips the other', async () => {
  const { target, shown } = toy({ retention: 7200 })
  await target.apply(all)
  expect([askedFor('CreateChangeSet'), askedFor('ExecuteChangeSet')]).toEqual([1, 1])
  expect(shown.slice(-2)).toEqual(['deploy toy-queue: 1 change', 'deploy toy-topic: unchanged'])
})

it('calls a stack unchanged where CloudFormation finds nothing to do, and leaves no change set that failed', async () => {
  const reason = 'The submitted information didn&apos;t contain changes. Submit different information.'
  between.rule = async ({ body }, answered) => {
    const answer = await answered()
    if (!body.includes('Action=DescribeChangeSet')) return answer
    const failed = `<Status>FAILED</Status><StatusReason>${reason}</StatusReason>`
    return { ...answer, body: answer.body.replace(/<Status>\w+<\/Status><StatusReason>[^<]*<\/StatusReason>/, failed) }
  }
  const { target, shown } = toy({ retention: 10_800 })
  expect(await target.apply(all)).toMatchObject({ json: { changed: 0 } })
  expect(shown).toContain('deploy toy-queue: unchanged')
  const did = between.asked.flatMap((one) => /(Create|Execute|Delete)ChangeSet$/.exec(one)?.[1] ?? [])
  // The first is the toolkit's: it takes away one of that name before it makes it.
  expect(did).toEqual(['Delete', 'Create', 'Delete'])
})

it('plans nothing where a template says another thing of itself alone, which CloudFormation calls no change', async () => {
  const { target } = toy({ retention: 7200, note: 'another' })
  expect(linesOf(await target.plan(all))).toContain('nothing to change')
  expect(await target.apply(all)).toMatchObject({ json: { changed: 0 } })
  expect(askedFor('CreateChangeSet')).toBe(0)
})

it('leaves a stack as it is that would become another than was shown, and does that when it was shown', async () => {
  const renamed = { retention: 7200, queueName: 'another' }
  await expect(toy(renamed).target.apply(all)).rejects.toMatchObject({
    where: 'toy-topic',
    message: expect.stringContaining('is not what the plan shows'),
    hints: ['nothing of it was deployed', 'deployed so far: toy-queue', expect.stringMatching(/^edge plan/)],
  })
  const { target, shown } = toy(renamed)
  await target.apply(all)
  expect(shown.slice(-1)).toEqual(['deploy toy-topic: 1 change'])
})

it('deletes the second before the first', async () => {
  const { target, shown } = toy({ retention: 7200, queueName: 'another' })
  const doomed = await target.doomed([])
  await doomed.destroy()
  expect(shown).toEqual(['destroy toy-topic', 'destroy toy-queue'])
  expect(await target.status()).toMatchObject({ code: 1, json: { stacks: [{ status: null }, { status: null }] } })
})
