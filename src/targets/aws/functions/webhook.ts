// Runs on AWS for each letter of a topic: SNS asks whoever takes letters to confirm, and Slack cannot. The stack carries what
// bundle.ts makes of this file, into a runtime that has the SDK.
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

type Letter = { readonly Subject?: string | null; readonly Message: string }
/** What CloudWatch says of an alarm, as far as it is read here; any other letter has none of it. */
type Said = {
  readonly AlarmName?: string
  readonly AlarmDescription?: string
  readonly NewStateValue?: string
  readonly NewStateReason?: string
}

const answersWithinMs = 10_000
const words: Readonly<Record<string, string>> = { ALARM: 'rings', OK: 'all clear' }

/** What CloudWatch says of an alarm as a person reads it; all else as it is. */
function textOf({ Subject: subject, Message: message }: Letter): string {
  try {
    // Whoever publishes writes what they like: a letter that is no object has none of these.
    const said = JSON.parse(message) as Said
    if (said.AlarmName === undefined) return message
    const state = said.NewStateValue ?? ''
    const says = `*${said.AlarmName}*: ${words[state] ?? state}. ${said.AlarmDescription ?? ''}`
    return `${says}\n${said.NewStateReason ?? ''}`
  } catch {
    return subject ? `*${subject}*\n${message}` : message
  }
}

/** Looked up each time: a new address counts at once. It has a secret in it, and stands in no template and no log. */
async function addressOf(SecretId: string, region: string): Promise<string> {
  const asked = new GetSecretValueCommand({ SecretId })
  return (await new SecretsManagerClient({ region }).send(asked)).SecretString ?? ''
}

export async function handler({ Records: records }: { readonly Records: readonly { readonly Sns: Letter }[] }) {
  const address = await addressOf(process.env['SECRET'] ?? '', process.env['SECRET_REGION'] ?? '')
  for (const { Sns: letter } of records) {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: textOf(letter) }),
      signal: AbortSignal.timeout(answersWithinMs),
    })
    // AWS tries again twice, and counts each try as an error of this function.
    if (!answer.ok) throw new Error(`the webhook answers ${answer.status}`)
  }
}
