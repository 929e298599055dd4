import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription, LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Stack } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { severities, type Severity } from '../../core/severity.ts'
import { webhook } from './webhook.ts'

/**
 * Whoever is called about what: addresses by severity, each of which has to say once that it wants the letters; and a webhook
 * that gets all of them, by the ARN of the secret that holds its address.
 */
export type Called = Readonly<Record<Severity, readonly string[]>> & { readonly webhookSecret?: string | undefined }

export type Topics = Readonly<Record<Severity, Topic>>

/** What publishes at a topic beside alarms: rules of EventBridge, of the stack that has them. */
export type Publishers = { readonly rules: boolean }

/** What a topic is called in its template. */
export const resourceFor = (severity: Severity): string => (severity === 'critical' ? 'Critical' : 'Warning')

/** A topic for each severity, in the region of the stack: an alarm calls no topic of another region. */
export function topics(scope: Construct, name: string, called: Called, publishers: Publishers): Topics {
  const made = severities.map(
    (severity) => [severity, topic(scope, { name: `${name}-${severity}`, severity, called, publishers })] as const,
  )
  if (called.webhookSecret !== undefined) {
    const passesOn = new LambdaSubscription(webhook(scope, name, called.webhookSecret))
    for (const [, one] of made) one.addSubscription(passesOn)
  }
  // Object.fromEntries forgets the names; they are the severities, one to one, by the line above.
  return Object.fromEntries(made) as Topics
}

/**
 * Not encrypted: with a key that CloudWatch may not use, every letter would be swallowed without a word, and a letter says
 * nothing that is secret. A policy of its own takes the place of the usual one, so it names all that may publish.
 */
function topic(scope: Construct, { name, severity, called, publishers }: TopicProps): Topic {
  const made = new Topic(scope, resourceFor(severity), { topicName: name, enforceSSL: true })
  const publish = { actions: ['sns:Publish'], resources: [made.topicArn] }
  made.addToResourcePolicy(
    new PolicyStatement({
      ...publish,
      sid: 'Alarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  )
  // Without a condition: EventBridge tells SNS neither account nor rule, and under any condition no letter would arrive
  // (its guide, "Using resource-based policies", on topics).
  if (publishers.rules)
    made.addToResourcePolicy(
      new PolicyStatement({ ...publish, sid: 'Events', principals: [new ServicePrincipal('events.amazonaws.com')] }),
    )
  for (const address of called[severity]) made.addSubscription(new EmailSubscription(address))
  return made
}

type TopicProps = {
  readonly name: string
  readonly severity: Severity
  readonly called: Called
  readonly publishers: Publishers
}
