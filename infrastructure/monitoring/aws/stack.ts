import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { backupEvents } from './backup-events.ts'
import { dashboard, type Watched } from './dashboard.ts'
import { outputs } from './outputs.ts'
import type { SiteNeeds } from './site.ts'
import { type Reminded, reminders } from '../../../src/targets/aws/reminders.ts'
import type { Duration } from '../../../src/core/units.ts'
import { type Called, topics } from '../../../src/targets/aws/topics.ts'

export type MonitoringNeedsOnAws = {
  readonly called: Called
  /** What the dashboard shows: the alarms of all rooms, with their metrics. */
  readonly watched: readonly Watched[]
  /** The alarms that call the topics of this stack. */
  readonly reminded: readonly Reminded[]
  /** Where the alarms of the site stand. */
  readonly site: SiteNeeds
}

export type MonitoringStackProps = StackProps & {
  readonly name: string
  readonly remindEvery: Duration
} & Omit<MonitoringNeedsOnAws, 'site'>

/**
 * Who is called, and what is shown: a topic for each severity, a dashboard, rules for what AWS Backup says of its jobs, and a
 * function that reminds of what still rings.
 * The alarms themselves stand in the stacks of what they watch.
 *
 * What it costs a month in us-east-1, in US dollars, by AWS's price list (K: known): the dashboard 3.00;
 * letters, rules, functions and topics nothing worth a line (the first 1,000 letters are free; four looks an hour). Together 3.00.
 */
export class MonitoringStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { name, called, watched, reminded, remindEvery, ...props }: MonitoringStackProps,
  ) {
    super(scope, id, props)
    const all = topics(this, name, called)
    const { critical, warning } = all
    backupEvents(this, critical)
    dashboard(this, name, watched)
    reminders(this, name, { instance: name, topics: all, reminded, every: remindEvery })
    new CfnOutput(this, outputs.critical, { value: critical.topicArn })
    new CfnOutput(this, outputs.warning, { value: warning.topicArn })
  }
}
