import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { type AlarmOnAws, cloudWatchAlarmsOf } from '../../core/cloudwatch-alarm.ts'
import type { Severity } from '../../core/severity.ts'
import type { Duration as Time } from '../../core/units.ts'
import type { Topics } from './topics.ts'
import { calledByRule, inlineFunction } from './inline-function.ts'

/** Alarms of one stack, and how its name begins the names of what calls for them; without it each calls by itself. */
export type Reminded = {
  readonly stack?: string
  readonly alarms: readonly (AlarmOnAws & { readonly severity: Severity })[]
}

/** What AWS runs. */
export const remindCode = (): string => readFileSync(join(import.meta.dirname, 'bundled/remind.cjs'), 'utf8')

export const looksEvery = { minutes: 15 } as const

/** The alarms by their names in CloudWatch, for each stack with what calls for them, as the function reads it. */
export const alarmsReminded = (name: string, reminded: readonly Reminded[]): string => {
  const of = ({ stack, alarms }: Reminded, severity: Severity) => ({
    ...(stack === undefined ? {} : { caller: `${stack}-${severity}` }),
    alarms: alarms
      .filter((alarm) => alarm.severity === severity)
      .flatMap((alarm) => cloudWatchAlarmsOf(alarm).map((one) => `${name}-${one.name}`)),
  })
  return JSON.stringify(reminded.map((one) => ({ critical: of(one, 'critical'), warning: of(one, 'warning') })))
}

/** CloudWatch never reminds: a function does, in the region of the alarms and of whom they call. `name`: of the function, too. */
export function reminders(
  scope: Construct,
  name: string,
  given: {
    readonly instance: string
    readonly topics: Topics
    readonly reminded: readonly Reminded[]
    readonly every: Time
  },
): void {
  const { instance, topics, reminded, every } = given
  const code = inlineFunction(scope, 'Remind', {
    functionName: `${name}-reminders`,
    description: 'Tells again of alarms that still ring, and of those that have joined them',
    text: remindCode(),
    timeout: Duration.minutes(1),
    environment: {
      INSTANCE: instance,
      ALARMS: alarmsReminded(instance, reminded),
      REMIND_EVERY_MS: String(every.milliseconds),
      CRITICAL_TOPIC: topics.critical.topicArn,
      WARNING_TOPIC: topics.warning.topicArn,
    },
  })
  code.addToRolePolicy(new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }))
  const [critical, warning] = [topics.critical.topicArn, topics.warning.topicArn]
  code.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [critical, warning] }))
  new Rule(scope, 'RemindEvery', {
    ruleName: `${name}-remind-every`,
    description: 'Looks whether somebody is to be told again of what rings',
    schedule: Schedule.rate(Duration.minutes(looksEvery.minutes)),
    targets: [calledByRule(code)],
  })
}
