import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { exit, messageOf, OperatorError } from '../../core/errors.ts'

/** The account that the SDK's usual chain of credentials leads to. Throws OperatorError (exit 2) where it leads nowhere. */
export async function currentAccount(expected: string | undefined, region: string): Promise<string> {
  const client = new STSClient({ region })
  const { Account: account } = await client.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    throw new OperatorError(
      'aws',
      `says nothing about who you are: ${messageOf(error)}`,
      ['aws sts get-caller-identity: does that answer?', 'AWS_PROFILE or AWS_ACCESS_KEY_ID and its secret choose who'],
      exit.usage,
    )
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
