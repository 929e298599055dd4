import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { exit, messageOf, OperatorError } from '../../core/errors.ts'
import { requireKnownPlace } from './on-emulator.ts'
import { awsRefusal } from './refusal.ts'

/** The account that the SDK's usual chain of credentials leads to. Throws OperatorError where it leads nowhere. */
export async function currentAccount(expected: string | undefined, region: string): Promise<string> {
  await requireKnownPlace(region)
  const client = new STSClient({ region })
  const { Account: account } = await client.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    throw withoutAnswer(error)
  })
  if (account === undefined) throw new OperatorError('aws', 'names no account', [], exit.usage)
  if (expected !== undefined && account !== expected) {
    throw new OperatorError(
      'aws.account',
      `the configuration is for ${expected}, and these credentials are of ${account}`,
      'choose others (AWS_PROFILE), or change aws.account',
      exit.usage,
    )
  }
  return account
}

/** Nobody to sign as, a network that leads to nobody, or what AWS itself refuses: three things, of which each has its own cure. */
function withoutAnswer(error: unknown): unknown {
  const name = error instanceof Error ? error.name : ''
  if (/^(Credentials|Token)ProviderError$/.test(name)) {
    const hints = [
      'edge looks where every program for AWS does: AWS_ACCESS_KEY_ID and its secret, AWS_PROFILE, ~/.aws/credentials',
      'aws sso login signs in where a profile is of SSO; on a machine of AWS its own role is enough',
    ]
    return new OperatorError('aws', `finds no credentials: ${messageOf(error)}`, hints, exit.usage)
  }
  if (name === 'TimeoutError') {
    const hint = 'does this machine reach AWS? a proxy, a firewall, AWS_ENDPOINT_URL'
    return new OperatorError('aws', `does not answer in time: ${messageOf(error)}`, hint)
  }
  return awsRefusal(error) ?? error
}
