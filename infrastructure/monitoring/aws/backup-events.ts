import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { Severity } from '../../../src/core/severity.ts'
import { anyMessage, endOfLetter, kinds, ruleNameOf } from './backup-kinds.ts'

/** Events of AWS Backup that somebody is called for at once. They come at best: the age of the newest backup is watched too. */
export function backupEvents(scope: Construct, name: string, topics: Readonly<Record<Severity, Topic>>): void {
  for (const kind of kinds) {
    const { id, says, source = 'aws.backup', detailType, field, bad, withMessage, severity } = kind
    const detail = { [field]: [...bad], ...(withMessage ? { statusMessage: anyMessage } : {}) }
    new Rule(scope, id, {
      ruleName: `${name}-${ruleNameOf(id)}`,
      description: says,
      eventPattern: { source: [source], detailType: [detailType], detail },
      // CDK's own target would write the topic's policy again for each rule: it says that rules may publish.
      targets: [{ bind: () => ({ arn: topics[severity].topicArn, input: letter(says, endOfLetter(kind)) }) }],
    })
  }
}

/** What the letter says: what happened, when and to what, and what to do. */
const letter = (says: string, end: string): RuleTargetInput => {
  const [when, what] = [EventField.fromPath('$.time'), EventField.fromPath('$.detail.resourceType')]
  return RuleTargetInput.fromText(`${says} (${when}, ${what}). ${end}`)
}
