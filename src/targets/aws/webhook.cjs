// Runs on AWS for each letter of a topic: SNS asks whoever takes letters to confirm, and Slack cannot. The stack carries this text as
// it is, into a runtime that has the SDK: one file, of the older kind of modules, without a build.

const answersWithinMs = 10_000

/** What CloudWatch says of an alarm as a person reads it; all else as it is. */
function textOf({ Subject, Message }) {
  try {
    const { AlarmName, AlarmDescription, NewStateValue, NewStateReason } = JSON.parse(Message)
    if (AlarmName === undefined) return Message
    const word = NewStateValue === 'ALARM' ? 'rings' : NewStateValue === 'OK' ? 'all clear' : NewStateValue
    return `*${AlarmName}*: ${word}. ${AlarmDescription ?? ''}\n${NewStateReason ?? ''}`
  } catch {
    return Subject ? `*${Subject}*\n${Message}` : Message
  }
}

/** Looked up each time: a new address counts at once. It has a secret in it, and stands in no template and no log. */
async function addressOf({ SECRET, SECRET_REGION: region }) {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager')
  return (await new SecretsManagerClient({ region }).send(new GetSecretValueCommand({ SecretId: SECRET }))).SecretString
}

exports.handler = async ({ Records }) => {
  const address = await addressOf(process.env)
  for (const { Sns } of Records) {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: textOf(Sns) }),
      signal: AbortSignal.timeout(answersWithinMs),
    })
    // AWS tries again twice, and counts what it gives up as an error of this function.
    if (!answer.ok) throw new Error(`the webhook answers ${answer.status}`)
  }
}
