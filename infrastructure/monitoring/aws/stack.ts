import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { backupEvents } from './backup-events.ts'
import { dashboard, type Watched } from './dashboard.ts'
import { outputs } from './outputs.ts'
import type { SiteNeeds } from './site.ts'
import { type Called, topics } from '../../../src/targets/aws/topics.ts'

export type MonitoringNeedsOnAws = {
  readonly called: Called
  /** What the dashboard shows: the alarms of all rooms, with their metrics. */
  readonly watched: readonly Watched[]
  /** Where the alarms of the site stand. */
  readonly site: SiteNeeds
}

export type MonitoringStackProps = StackProps & { readonly name: string } & Omit<MonitoringNeedsOnAws, 'site'>

/**
 * Who is called, and what is shown: a topic for each severity, a dashboard, and rules for what AWS Backup says of its jobs.
 * The alarms themselves stand in the stacks of what they watch.
 *
 * What it costs a month in us-east-1, in US dollars, by AWS's price list (K: known): the dashboard 3.00;
 * letters, rules and topics nothing worth a line (the first 1,000 letters are free). Together 3.00.
 */
export class MonitoringStack extends Stack {
  constructor(scope: Construct, id: string, { name, called, watched, ...props }: MonitoringStackProps) {
    super(scope, id, props)
    const both = topics(this, name, called)
    backupEvents(this, both)
    dashboard(this, name, watched)
    new CfnOutput(this, outputs.critical, { value: both.critical.topicArn })
    new CfnOutput(this, outputs.warning, { value: both.warning.topicArn })
  }
}
