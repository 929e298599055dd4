import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge'
import type { TemplateContent } from './assembly.ts'
import type { DeployedStack } from './deployed-stack.ts'
import { referred } from './references.ts'
import { at, list, resourceOf } from './template.ts'

/** Of what events a rule hears: their sources, their kinds, in which state, by the word that the event has for it, and with what message. */
const patternOf = (pattern: unknown): readonly unknown[] => [
  at(pattern, 'source'),
  at(pattern, 'detail-type'),
  ...['state', 'status', 'statusMessage']
    .map((word) => [word, at(pattern, 'detail', word)])
    .filter(([, wanted]) => wanted !== undefined),
]

/** A rule of EventBridge by the clock, as it was deployed: its name, whether it is on, when, and how many it tells. */
export async function clockOf(deployed: DeployedStack, resource: string): Promise<readonly unknown[]> {
  const { rule, targets } = await deployedRule(deployed, resource)
  return [rule.Name, rule.State, rule.ScheduleExpression, targets]
}

/** The same of its template. */
export function clockIn(template: TemplateContent, resource: string): readonly unknown[] {
  const found = at(resourceOf(template, resource), 'Properties')
  return [...['Name', 'State', 'ScheduleExpression'].map((word) => at(found, word)), list(at(found, 'Targets')).length]
}

/** A rule of EventBridge as it was deployed: its name, whether it is on, its pattern, and how many it tells. */
export async function ruleOf(deployed: DeployedStack, resource: string): Promise<readonly unknown[]> {
  const { rule, targets } = await deployedRule(deployed, resource)
  return [rule.Name, rule.State, ...patternOf(JSON.parse(rule.EventPattern ?? '{}')), targets]
}

/** The same of its template. */
export function ruleIn(template: TemplateContent, resource: string): readonly unknown[] {
  const found = at(resourceOf(template, resource), 'Properties')
  const pattern = patternOf(at(found, 'EventPattern'))
  return [at(found, 'Name'), at(found, 'State'), ...pattern, list(at(found, 'Targets')).length]
}

async function deployedRule({ client, id }: DeployedStack, resource: string) {
  const events = new EventBridgeClient(client)
  // The physical id of a rule may have the name of its bus before its own.
  const Name = id(resource).split('|').at(-1)
  const [rule, { Targets: targets = [] }] = await Promise.all([
    events.send(new DescribeRuleCommand({ Name })),
    events.send(new ListTargetsByRuleCommand({ Rule: Name })),
  ])
  return { rule, targets: targets.length }
}

/** What a rule calls, by its template. */
export const calledIn = (template: TemplateContent, resource: string): readonly unknown[] =>
  list(at(resourceOf(template, resource), 'Properties', 'Targets')).map((one) => referred(at(one, 'Arn')))

/** Who may call a function for what, by its template: action, function, who, and for which resource; in their order. */
export const permissionsIn = (template: TemplateContent): readonly (readonly unknown[])[] =>
  Object.values(template['Resources'] ?? {})
    .filter((one) => at(one, 'Type') === 'AWS::Lambda::Permission')
    .map((one) =>
      ['Action', 'FunctionName', 'Principal', 'SourceArn'].map((word) => referred(at(one, 'Properties', word))),
    )
    .toSorted((one, other) => String(one[3]).localeCompare(String(other[3])))
