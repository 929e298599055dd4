import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import type { Severity } from '../../core/severity.ts'
import { onEmulator, type RoomProof } from './proof.ts'
import { referred } from './references.ts'
import { statementInWords } from './role-proof.ts'
import { at, list, resourceOf } from './template.ts'
import { type Called, type Publishers, resourceFor } from './topics.ts'

/** Of an ARN. */
const last = (text: unknown): string => String(text).split(':').at(-1) ?? ''

/** Topic, who may call there, and who hears of it. */
export function topicProofs(
  name: string,
  severity: Severity,
  { called, publishers }: { readonly called: Called; readonly publishers: Publishers },
): readonly RoomProof[] {
  const passedOn = called.webhookSecret === undefined ? [] : ['lambda Webhook']
  const resource = resourceFor(severity)
  return [
    onEmulator({
      type: 'AWS::SNS::Topic',
      says: `what is ${severity} has a topic of its own`,
      fact: `topic for what is ${severity}`,
      proves: [],
      is: `${name}-${severity}`,
      template: (template) => at(resourceOf(template, resource), 'Properties', 'TopicName'),
      readBack: async ({ client, id }) => {
        const asked = new GetTopicAttributesCommand({ TopicArn: id(resource) })
        return (await new SNSClient(client).send(asked)).Attributes?.['TopicArn']?.split(':').at(-1)
      },
    }),
    onEmulator({
      type: 'AWS::SNS::Topic',
      says: `no key stands between what is ${severity} and whoever is called: one that CloudWatch may not use would swallow it`,
      fact: `key of the topic for what is ${severity}`,
      proves: [],
      is: 'none',
      template: (template) => at(resourceOf(template, resource), 'Properties', 'KmsMasterKeyId') ?? 'none',
      readBack: async ({ client, id }) => {
        const asked = new GetTopicAttributesCommand({ TopicArn: id(resource) })
        return (await new SNSClient(client).send(asked)).Attributes?.['KmsMasterKeyId'] ?? 'none'
      },
    }),
    onEmulator({
      type: 'AWS::SNS::TopicPolicy',
      says: `alarms of this account${publishers.rules ? ', and rules of EventBridge under no condition,' : ''} may call about what is ${severity}, over TLS alone`,
      fact: `who may call about what is ${severity}`,
      proves: [],
      is: [
        `Deny * sns:Publish on ${resource} where Bool aws:SecureTransport false`,
        `Allow cloudwatch.amazonaws.com sns:Publish on ${resource} where StringEquals aws:SourceAccount 000000000000`,
        // EventBridge tells SNS nothing that a condition could ask for: under one it may not publish at all.
        ...(publishers.rules ? [`Allow events.amazonaws.com sns:Publish on ${resource}`] : []),
      ],
      template: (template) =>
        list(at(resourceOf(template, `${resource}Policy`), 'Properties', 'PolicyDocument', 'Statement')).map(
          statementInWords,
        ),
      readBack: async ({ client, id, named }) => {
        const asked = new GetTopicAttributesCommand({ TopicArn: id(resource) })
        const { Attributes: found } = await new SNSClient(client).send(asked)
        return list(at(JSON.parse(String(named(found?.['Policy']))), 'Statement')).map(statementInWords)
      },
    }),
    {
      type: 'AWS::SNS::TopicPolicy',
      says: `that policy is the one of the topic for what is ${severity}`,
      fact: `policy of what is ${severity}`,
      proves: [],
      is: [resource],
      template: (template) => referred(at(resourceOf(template, `${resource}Policy`), 'Properties', 'Topics')),
      by: 'template',
      because: 'the policy that is read back is that of the topic',
    },
    onEmulator({
      type: 'AWS::SNS::Subscription',
      says: `letters about what is ${severity} go to each configured address, and to no other`,
      fact: `letters about what is ${severity}`,
      proves: [],
      is: [...called[severity].map((address) => `email ${address}`), ...passedOn].toSorted(),
      template: (template) =>
        Object.values(template['Resources'] ?? {})
          .filter((one) => at(one, 'Type') === 'AWS::SNS::Subscription')
          .map((one) => at(one, 'Properties'))
          .filter((one) => referred(at(one, 'TopicArn')) === resource)
          .map((one) => `${String(at(one, 'Protocol'))} ${String(referred(at(one, 'Endpoint')))}`)
          .toSorted(),
      readBack: async ({ client, id, named }) => {
        const asked = new ListSubscriptionsByTopicCommand({ TopicArn: id(resource) })
        const { Subscriptions: found = [] } = await new SNSClient(client).send(asked)
        return found.map(({ Protocol: protocol, Endpoint: to }) => `${protocol} ${last(named(to))}`).toSorted()
      },
    }),
  ]
}
