import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { backupEvents } from './backup-events.ts'
import { dashboard, type Shown } from './dashboard.ts'
import { outputs } from './outputs.ts'
import type { SiteNeeds } from './site.ts'
import { watchedHere } from './watched-functions.ts'
import { type Reminded, reminders } from '../../../src/targets/aws/reminders.ts'
import type { Duration } from '../../../src/core/units.ts'
import { functionAlarms } from '../../../src/targets/aws/function-alarms.ts'
import type { OwnFunction } from '../../../src/core/own-function.ts'
import { type Called, type Publishers, topics } from '../../../src/targets/aws/topics.ts'

export type MonitoringNeedsOnAws = {
  readonly called: Called
  /** What the dashboard shows: the alarms of all rooms, with their metrics. */
  readonly watched: readonly Shown[]
  /** Functions of the other stacks in this region: that one fails is watched here. */
  readonly functions: readonly OwnFunction[]
  /** The alarms that call the topics of this stack. */
  readonly reminded: readonly Reminded[]
  /** Where the alarms of the site stand. */
  readonly site: SiteNeeds
}

export type MonitoringStackProps = StackProps & {
  readonly name: string
  readonly remindEvery: Duration
} & Omit<MonitoringNeedsOnAws, 'site'>

/** Rules of this stack tell what AWS Backup says. */
export const publishers: Publishers = { rules: true }

/**
 * Who is called, and what is shown: a topic for each severity, a dashboard, rules for what AWS Backup says of its jobs, and a
 * function that reminds of what still rings.
 * The alarms themselves stand in the stacks of what they watch; but those about functions and rules that fail are here, as the
 * template of the backups is as large as one may be. Of a function that is not there yet they say nothing.
 *
 * What it costs a month in us-east-1, in US dollars, by AWS's price list (K: known): the dashboard 3.00, the
 * alarms about functions 7 × 0.30 and 0.10, as a sum of three figures costs three times as much, those about rules 13 × 0.10;
 * letters, rules, functions and topics nothing worth a line (the first 1,000 letters are free; four looks an hour). Together 6.50.
 */
export class MonitoringStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { name, called, watched, reminded, functions, remindEvery, ...props }: MonitoringStackProps,
  ) {
    super(scope, id, props)
    const all = topics(this, name, called, publishers)
    const { critical, warning } = all
    backupEvents(this, name, all)
    dashboard(this, name, watched)
    reminders(this, name, { instance: name, topics: all, reminded, every: remindEvery })
    functionAlarms(
      this,
      name,
      watchedHere({ called, functions }).map((alarm) => ({ ...alarm, topic: all[alarm.severity].topicArn })),
    )
    new CfnOutput(this, outputs.critical, { value: critical.topicArn })
    new CfnOutput(this, outputs.warning, { value: warning.topicArn })
  }
}
