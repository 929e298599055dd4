import { isDeepStrictEqual } from 'node:util'
import type { Template } from '../src/targets/aws/assembly.ts'
import { at, list } from '../src/targets/aws/template.ts'
import { account, type Found, ofType } from './all-templates.ts'

/** Each alarm of all templates whose letter nobody reads, with why. */
export const lostLetters = (all: readonly Template[]): readonly string[] =>
  ofType(all, 'AWS::CloudWatch::Alarm').flatMap((alarm) => {
    const why = lost(all, alarm)
    return why === undefined ? [] : [`${alarm.stack} ${alarm.logical}: ${why}`]
  })

/** Why nobody reads that an alarm begins, or that it is over; undefined where somebody does. */
function lost(all: readonly Template[], alarm: Found): string | undefined {
  const callers = callersOf(all, alarm)
  if (callers.length !== 1) return `${callers.length} call for it`
  const [caller = alarm] = callers
  if (at(caller.properties, 'ActionsEnabled') === false) return `${caller.logical} is switched off`
  const suppressor = at(caller.properties, 'ActionsSuppressor', 'Fn::GetAtt', 0)
  if (at(caller.properties, 'ActionsSuppressor') !== undefined && !reaches(all, caller, suppressor))
    return `${caller.logical} waits for what calls nobody`
  const [begins, ends] = ['AlarmActions', 'OKActions'].map((word) => list(at(caller.properties, word)))
  if (!isDeepStrictEqual(begins, ends))
    return `${caller.logical} does not tell of its end whom it told of its beginning`
  const [action, ...more] = begins ?? []
  if (action === undefined || more.length > 0) return `${caller.logical} calls ${begins?.length} topics`
  return swallowed(all, caller, action)
}

/** Whether what holds back another one's letter is itself one whose letter arrives. */
const reaches = (all: readonly Template[], { stack }: Found, name: unknown): boolean => {
  const types = ['AWS::CloudWatch::CompositeAlarm', 'AWS::CloudWatch::Alarm']
  const found = types.flatMap((type) => ofType(all, type)).find((one) => one.stack === stack && one.logical === name)
  const [action] = list(at(found?.properties, 'AlarmActions'))
  return found !== undefined && action !== undefined && swallowed(all, found, action) === undefined
}

/** What calls for an alarm: itself, or what rings with any of several. */
function callersOf(all: readonly Template[], alarm: Found): readonly Found[] {
  const alone = ['AlarmActions', 'OKActions'].some((word) => list(at(alarm.properties, word)).length > 0)
  if (alone) return [alarm]
  return ofType(all, 'AWS::CloudWatch::CompositeAlarm').filter(
    ({ stack, properties }) => stack === alarm.stack && anyOf(at(properties, 'AlarmRule')).includes(alarm.logical),
  )
}

/** The alarms of which any one is enough, in a rule of nothing else; none of a rule that asks for more than that. */
function anyOf(rule: unknown): readonly string[] {
  const text = list(at(rule, 'Fn::Join', 1))
    .map((part) => String(at(part, 'Ref') ?? part))
    .join('')
  const terms = text.split(' OR ').map((term) => /^ALARM\("(\w+)"\)$/.exec(term)?.[1])
  return terms.flatMap((term) => term ?? []).length === terms.length ? terms.flatMap((term) => term ?? []) : []
}

/** Why a topic does not pass on what an alarm tells it, or nobody hears of it; undefined where somebody does. */
function swallowed(all: readonly Template[], { stack, region }: Found, action: unknown): string | undefined {
  const topic = ofType(all, 'AWS::SNS::Topic').find(
    (one) =>
      (one.stack === stack && one.logical === at(action, 'Ref')) ||
      (one.region === region &&
        action === `arn:aws:sns:${region}:${account}:${String(at(one.properties, 'TopicName'))}`),
  )
  if (!topic) return `there is no topic ${JSON.stringify(action)}`
  // A key that CloudWatch may use would have to be one of ours, with a policy: none is made.
  if (at(topic.properties, 'KmsMasterKeyId') !== undefined) return `a key stands before ${topic.logical}`
  if (!admits(all, topic)) return `CloudWatch may not publish at ${topic.logical}`
  return isHeard(all, topic) ? undefined : `nobody hears of ${topic.logical}`
}

/** Whether CloudWatch may publish there, and nothing takes that back. */
function admits(all: readonly Template[], topic: Found): boolean {
  const isIts = (value: unknown): boolean => at(value, 'Ref') === topic.logical
  const policies = ofType(all, 'AWS::SNS::TopicPolicy').filter(
    ({ stack, properties }) => stack === topic.stack && list(at(properties, 'Topics')).some(isIts),
  )
  const statements = policies.flatMap(({ properties }) => list(at(properties, 'PolicyDocument', 'Statement')))
  const ofAccount = { StringEquals: { 'aws:SourceAccount': account } }
  const plain = { Bool: { 'aws:SecureTransport': 'false' } }
  const isAllowed = statements.some(
    (one) =>
      at(one, 'Effect') === 'Allow' &&
      at(one, 'Action') === 'sns:Publish' &&
      isIts(at(one, 'Resource')) &&
      at(one, 'Principal', 'Service') === 'cloudwatch.amazonaws.com' &&
      (at(one, 'Condition') === undefined || isDeepStrictEqual(at(one, 'Condition'), ofAccount)),
  )
  const denied = statements.filter((one) => at(one, 'Effect') === 'Deny')
  return isAllowed && denied.every((one) => isDeepStrictEqual(at(one, 'Condition'), plain))
}

/** Whether a letter or a function that SNS may call hears of it. */
function isHeard(all: readonly Template[], topic: Found): boolean {
  const here = (type: string): readonly Found[] => ofType(all, type).filter(({ stack }) => stack === topic.stack)
  const isIts = (value: unknown): boolean => at(value, 'Ref') === topic.logical
  return here('AWS::SNS::Subscription')
    .filter(({ properties }) => isIts(at(properties, 'TopicArn')))
    .some(({ properties }) => {
      const to = at(properties, 'Endpoint')
      if (at(properties, 'Protocol') === 'email') return /^[^@\s]+@[^@\s]+$/.test(String(to))
      const code = at(to, 'Fn::GetAtt', 0)
      return (
        at(properties, 'Protocol') === 'lambda' &&
        here('AWS::Lambda::Function').some(({ logical }) => logical === code) &&
        here('AWS::Lambda::Permission').some(
          ({ properties: may }) =>
            at(may, 'Action') === 'lambda:InvokeFunction' &&
            at(may, 'Principal') === 'sns.amazonaws.com' &&
            at(may, 'FunctionName', 'Fn::GetAtt', 0) === code &&
            isIts(at(may, 'SourceArn')),
        )
      )
    })
}
