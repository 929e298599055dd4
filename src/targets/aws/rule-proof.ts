import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge'
import type { DeployedStack } from './deployed-stack.ts'
import { at } from './template.ts'

/** Of what events a rule hears: their sources, their kinds, in which state, by the word that the event has for it, and with what message. */
export const patternOf = (pattern: unknown): readonly unknown[] => [
  at(pattern, 'source'),
  at(pattern, 'detail-type'),
  ...['state', 'status', 'statusMessage']
    .map((word) => [word, at(pattern, 'detail', word)])
    .filter(([, wanted]) => wanted !== undefined),
]

/** A rule of EventBridge by the clock: whether it is on, when, and how many it tells. */
export async function clockOf({ client, id }: DeployedStack, resource: string): Promise<readonly unknown[]> {
  const events = new EventBridgeClient(client)
  const Name = id(resource).split('|').at(-1)
  const found = await events.send(new DescribeRuleCommand({ Name }))
  const { Targets: targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }))
  return [found.State, found.ScheduleExpression, targets.length]
}

/** A rule of EventBridge as it was deployed: whether it is on, its pattern, and how many it tells. */
export async function ruleOf({ client, id }: DeployedStack, resource: string): Promise<readonly unknown[]> {
  const events = new EventBridgeClient(client)
  // The physical id of a rule may have the name of its bus before its own.
  const Name = id(resource).split('|').at(-1)
  const [found, { Targets: targets = [] }] = await Promise.all([
    events.send(new DescribeRuleCommand({ Name })),
    events.send(new ListTargetsByRuleCommand({ Rule: Name })),
  ])
  return [found.State, ...patternOf(JSON.parse(found.EventPattern ?? '{}')), targets.length]
}
