import { beforeAll, describe, expect, it } from 'vitest'
import type { Template } from '../src/targets/aws/assembly.ts'
import { change, type Edit } from '../test/template-edit.ts'
import { allFunctionAlarms } from './own-functions.ts'
import { allTemplates, ofType } from '../test/all-templates.ts'
import { lostLetters } from '../test/way-of-letters.ts'

let templates: readonly Template[] = []
beforeAll(async () => {
  templates = await allTemplates()
})

/** What is lost when one stack is edited. */
const lostWith = (stack: string, edit: Edit): readonly string[] =>
  lostLetters(templates.map((one) => (one.stack === stack ? { ...one, content: edit(one.content) } : one)))

const of = (type: string) => ofType(templates, `AWS::${type}`)
/** Which of all resources of a type may have a property otherwise without any letter being lost. */
const unseen = (type: string, path: string, to: unknown): readonly string[] =>
  of(type)
    .filter(
      ({ stack, logical }) =>
        lostWith(
          stack,
          change(logical, path, () => to),
        ).length === 0,
    )
    .map(({ stack, logical }) => `${stack} ${logical}`)

describe('the letters of every alarm in every stack', () => {
  it('reach somebody, when it begins and when it ends: by what calls for it, its topic, the key and policy of that', () => {
    expect(lostLetters(templates)).toEqual([])
    const about = of('CloudWatch::Alarm')
    expect(about.length).toBe(20 + allFunctionAlarms.length)
    expect(new Set(about.map(({ stack }) => stack)).size).toBe(4)
  })

  it.each([
    ['CloudWatch::CompositeAlarm', 'AlarmActions', []],
    ['CloudWatch::CompositeAlarm', 'OKActions', undefined],
    ['CloudWatch::CompositeAlarm', 'ActionsEnabled', false],
    ['CloudWatch::CompositeAlarm', 'AlarmRule', 'FALSE'],
    ['CloudWatch::CompositeAlarm', 'AlarmActions', ['arn:aws:sns:us-east-1:000000000000:another']],
    ['SNS::Topic', 'KmsMasterKeyId', 'alias/aws/sns'],
    ['SNS::TopicPolicy', 'Topics', []],
    ['SNS::TopicPolicy', 'PolicyDocument.Statement.0.Condition', undefined],
    ['SNS::TopicPolicy', 'PolicyDocument.Statement.1.Effect', 'Deny'],
    ['SNS::TopicPolicy', 'PolicyDocument.Statement.1.Action', 'sns:Subscribe'],
    ['SNS::TopicPolicy', 'PolicyDocument.Statement.1.Resource', 'arn:aws:sns:us-east-1:000000000000:another'],
    ['SNS::TopicPolicy', 'PolicyDocument.Statement.1.Principal.Service', 'events.amazonaws.com'],
    ['SNS::TopicPolicy', 'PolicyDocument.Statement.1.Condition', { StringEquals: { 'aws:SourceAccount': '1' } }],
  ])('are lost with any %s that has another %s: %o', (type, path, to) => {
    expect(of(type).length).toBeGreaterThan(3)
    expect(unseen(type, `Properties.${path}`, to)).toEqual([])
  })

  it('of other stacks are lost where a topic has another name, by which they call it', () => {
    const topics = of('SNS::Topic').filter(({ stack }) => stack === 'trial-monitoring')
    expect(topics.length).toBe(2)
    for (const { stack, logical } of topics) {
      const lost = lostWith(
        stack,
        change(logical, 'Properties.TopicName', () => 'another'),
      )
      expect(new Set(lost.map((one) => one.split(' ')[0]))).toEqual(new Set(['trial-database', 'trial-backup']))
    }
  })

  it('are lost where an alarm that calls by itself no longer does, or has its actions switched off', () => {
    const alone = of('CloudWatch::Alarm').filter(({ properties }) =>
      JSON.stringify(properties).includes('"AlarmActions"'),
    )
    expect(alone.length).toBeGreaterThanOrEqual(allFunctionAlarms.length)
    for (const { stack, logical } of alone)
      for (const [path, to] of [
        ['AlarmActions', undefined],
        ['OKActions', undefined],
        ['ActionsEnabled', false],
      ] as const)
        expect(
          lostWith(
            stack,
            change(logical, `Properties.${path}`, () => to),
          ),
        ).toEqual(expect.arrayContaining([expect.stringContaining(`${stack} ${logical}: `)]))
  })

  it('are lost where nobody who subscribed is left', () => {
    for (const topic of of('SNS::Topic')) {
      const edits = of('SNS::Subscription')
        .filter(({ stack, properties }) => stack === topic.stack && JSON.stringify(properties).includes(topic.logical))
        .map(({ logical }) =>
          change(logical, 'Properties.TopicArn', () => 'arn:aws:sns:us-east-1:000000000000:another'),
        )
      expect(edits.length).toBeGreaterThan(0)
      const lost = lostWith(topic.stack, (content) => edits.reduce((so, edit) => edit(so), content))
      // What can wait is held back by what is critical there, too.
      expect(lost).toEqual(expect.arrayContaining([expect.stringContaining(`nobody hears of ${topic.logical}`)]))
    }
  })

  it('of warnings, which the webhook alone hears of here, are lost where SNS may not call its function', () => {
    const permissions = of('Lambda::Permission').filter(
      ({ properties }) =>
        JSON.stringify(properties).includes('sns.amazonaws.com') && JSON.stringify(properties).includes('Warning'),
    )
    expect(permissions.map(({ stack }) => stack).toSorted()).toEqual(['trial-cdn', 'trial-monitoring'])
    for (const { stack, logical } of permissions)
      for (const [path, to] of [
        ['Principal', 'events.amazonaws.com'],
        ['SourceArn', 'arn:aws:sns:us-east-1:000000000000:another'],
        ['FunctionName', 'another'],
      ] as const)
        expect(
          lostWith(
            stack,
            change(logical, `Properties.${path}`, () => to),
          ),
        ).not.toEqual([])
  })
})
