import { GetTopicAttributesCommand, paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns'
import type { Subscription } from '@aws-sdk/client-sns'
import { broken, type Check, declared, notClaimed } from '../../../src/core/check.ts'
import { severities, type Severity } from '../../../src/core/severity.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'
import type { Called, Publishers } from '../../../src/targets/aws/topics.ts'
import { at, list } from '../../../src/targets/aws/template.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'

/** What a topic says of itself, as far as a letter is lost by it. */
type TopicAttributes = Readonly<Record<string, string>> | undefined

/** Why a topic may swallow what it is told, in words; empty where it passes it on. */
export function topicProblems(attributes: TopicAttributes, { rules }: Publishers): readonly string[] {
  const key = attributes?.['KmsMasterKeyId'] ?? ''
  const policy: unknown = JSON.parse(attributes?.['Policy'] ?? '{}')
  const admitting = (service: string): readonly unknown[] =>
    list(at(policy, 'Statement')).filter((one) => {
      const who = [at(one, 'Principal', 'Service')].flat()
      const may = [at(one, 'Action')].flat().map((action) => String(action).toLowerCase())
      return at(one, 'Effect') === 'Allow' && who.includes(`${service}.amazonaws.com`) && may.includes('sns:publish')
    })
  return [
    ...(key === ''
      ? []
      : [`is encrypted with ${key}, which CloudWatch may not be let use: then it swallows every letter`]),
    ...(admitting('cloudwatch').length > 0 ? [] : ['does not let CloudWatch publish']),
    ...(rules ? ruleProblems(admitting('events')) : []),
  ]
}

/** EventBridge tells SNS nothing that a condition could ask for: under one it may not publish. */
function ruleProblems(admitting: readonly unknown[]): readonly string[] {
  if (admitting.length === 0) return ['does not let EventBridge publish']
  const isFree = admitting.some((one) => Object.keys(Object(at(one, 'Condition'))).length === 0)
  return isFree ? [] : ['lets EventBridge publish under a condition, which it never meets']
}

export async function topicAttributes(client: ClientSettings, topic: string): Promise<TopicAttributes> {
  return (await new SNSClient(client).send(new GetTopicAttributesCommand({ TopicArn: topic }))).Attributes
}

export async function subscriptionsOf(client: ClientSettings, topic: string): Promise<readonly Subscription[]> {
  const found: Subscription[] = []
  for await (const { Subscriptions: some = [] } of paginateListSubscriptionsByTopic(
    { client: new SNSClient(client) },
    { TopicArn: topic },
  ))
    found.push(...some)
  return found
}

export type Hearing = {
  readonly all: readonly string[]
  readonly missing: readonly string[]
  readonly silent: readonly string[]
}

/** Whoever is to hear of what is so urgent: the addresses, and the webhook where there is one. */
export const configuredFor = (called: Called, severity: Severity): readonly string[] => [
  ...called[severity],
  ...(called.webhookSecret === undefined ? [] : [aWebhook]),
]

const aWebhook = 'the webhook'
/** The function that passes letters on is the webhook to whoever reads of it. */
const inWords = (to: string): string => (to.startsWith('arn:aws:lambda:') && to.endsWith('-webhook') ? aWebhook : to)

/** Of the configured addresses: those that the topic does not have, and those that have not said that they want letters. */
export function hearing(configured: readonly string[], found: readonly Subscription[]): Hearing {
  const subscribed = found.flatMap(({ Endpoint: to, SubscriptionArn: arn = '' }) =>
    to === undefined ? [] : [{ to: inWords(to), arn }],
  )
  const confirmed = subscribed.filter(({ arn }) => arn.startsWith('arn:')).map(({ to }) => to)
  const all = subscribed.map(({ to }) => to)
  return {
    all,
    missing: configured.filter((to) => !all.includes(to)),
    silent: [...new Set([...configured, ...all])].filter((to) => all.includes(to) && !confirmed.includes(to)),
  }
}

/** Whether whatever the webhook does not take is heard by nobody. */
export const isWebhookAlone = ({ all, silent }: Pick<Hearing, 'all' | 'silent'>): boolean =>
  all.includes(aWebhook) && all.every((to) => to === aWebhook || silent.includes(to))

const putBack =
  'edge plan monitoring cdn --target aws --drift shows what a hand changed; edge deploy monitoring cdn --target aws --revert-drift puts it back'

/**
 * Broken where a letter would be lost on its way. That none is lost nobody can say who reads no mailbox: so it is not
 * claimed where nothing stands in its way.
 */
export const deliveryOnAws: Check<MonitoringEndpointOnAws> = async ({
  topics,
  publishers,
  site,
  called,
  deployed: { client },
}) => {
  const ways = [{ topics, client, publishers }, ...('missing' in site ? [] : [site])].flatMap((one) =>
    severities.map((severity) => ({ ...one, severity, topic: one.topics[severity] })),
  )
  const problems = await Promise.all(
    ways.map(async ({ severity, topic, client: how, publishers: theirs }) => {
      const { missing, silent } = hearing(configuredFor(called, severity), await subscriptionsOf(how, topic))
      return [
        ...topicProblems(await topicAttributes(how, topic), theirs),
        ...missing.map((to) => `does not call ${to}`),
        ...silent.map((to) => `waits for ${to} to confirm: the letter of AWS has a link`),
      ].map((problem) => `${topic} ${problem}`)
    }),
  )
  const all = problems.flat()
  const facts = declared({ topics: ways.map(({ topic }) => topic), 'in the way': all.length === 0 ? 'nothing' : all })
  if (all.length > 0) return broken(facts, all.join('; '), putBack)
  if (severities.every((severity) => configuredFor(called, severity).length === 0))
    return broken(facts, 'nobody is called', 'aws.notify names addresses, by how urgent it is')
  return notClaimed(
    `${ways.length} topics, their policies and every subscription are as they should be, but nobody has seen a letter in a mailbox`,
  )
}

const fromRules = declaredBy('backupFailed')

/** Somebody is called by rules of EventBridge: each is as it was deployed, and its topic lets it publish. */
export const rulesCall: Check<MonitoringEndpointOnAws> = async (endpoint, world) => {
  const seen = await fromRules(endpoint, world)
  if (seen.is !== 'kept') return seen
  const { topics, publishers, deployed } = endpoint
  const problems = await Promise.all(
    severities.map(async (severity) => {
      const found = topicProblems(await topicAttributes(deployed.client, topics[severity]), publishers)
      return found.map((problem) => `${topics[severity]} ${problem}`)
    }),
  )
  const all = problems.flat()
  return all.length === 0 ? seen : broken(seen.evidence, all.join('; '), putBack)
}
