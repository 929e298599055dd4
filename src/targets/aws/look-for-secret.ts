import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { OperatorError } from '../../core/errors.ts'
import { regionOf } from './webhook.ts'

/** Why the function that passes letters on could not read a secret, and what to do about it. */
type Problem = { readonly what: string; readonly next: string }

const field = 'aws.notify.webhookSecret'

/**
 * Looks before a deployment at the secret that holds the address of the webhook: of one that its function may not read, nobody
 * hears until a letter does not come. Throws OperatorError then; answers what could not be looked at, and what the function
 * needs where that is for the secret's owner to give.
 */
export async function requireSecret(secret: string | undefined, account: string): Promise<string | undefined> {
  if (secret === undefined) return undefined
  const region = regionOf(secret)
  const elsewhere = ofAnother(secret, account)
  if (elsewhere) throw refused(secret, elsewhere)
  const client = new SecretsManagerClient({ region })
  try {
    const found = await client.send(new DescribeSecretCommand({ SecretId: secret }))
    const problem = secretProblem(secret, found)
    if (problem) throw refused(secret, problem)
    return await noteOfKey(found.KmsKeyId ?? own, region)
  } catch (error) {
    if (error instanceof ResourceNotFoundException) throw refused(secret, missing(region))
    if (error instanceof Error && error.name === 'AccessDeniedException')
      return `${field} is not looked at before: these credentials may not ask for it (secretsmanager:DescribeSecret)`
    throw error
  } finally {
    client.destroy()
  }
}

const refused = (secret: string, { what, next }: Problem): OperatorError =>
  new OperatorError(field, `${what}: ${secret}`, ['nothing was deployed', next])

/** Another account's would need a policy of its own, and a key that both may use. */
function ofAnother(secret: string, account: string): Problem | undefined {
  const owner = secret.split(':')[4]
  if (owner === account) return undefined
  return {
    what: `is of the account ${owner}, and the function may read those of its own (${account}) alone`,
    next: `a secret of the account ${account} with the same text, and its ARN there`,
  }
}

const missing = (region: string): Problem => ({
  what: `is not there (${region})`,
  next: `aws secretsmanager list-secrets --region ${region} --query 'SecretList[].ARN' names those that are there`,
})

/** Why a secret that is there cannot be read by the function; undefined where it can. */
export function secretProblem(
  secret: string,
  found: Pick<DescribeSecretCommandOutput, 'ARN' | 'DeletedDate'>,
): Problem | undefined {
  const { ARN: whole = secret, DeletedDate: deleted } = found
  if (deleted !== undefined)
    return {
      what: `is to be deleted (${deleted.toISOString().slice(0, 10)}), and is read by nobody any more`,
      next: `aws secretsmanager restore-secret --region ${regionOf(secret)} --secret-id '${secret}'`,
    }
  // Secrets Manager finds it by less; a right to read it goes by the whole ARN.
  return whole === secret ? undefined : { what: 'is no whole ARN', next: `'${whole}'` }
}

/** Whom the policy of a key lets use it is for its owner to say, and no stack here changes it. */
async function noteOfKey(key: string, region: string): Promise<string | undefined> {
  if (key.endsWith(own) || (await isOfAws(key, region))) return undefined
  return `${field} is encrypted with ${key}: if that is a key of your own, its policy has to let the role of the function NAME-webhook decrypt with it (kms:Decrypt), or no letter is passed on`
}

/** Whether AWS manages a key, which may be given by its id, too; false where these credentials may not know. */
async function isOfAws(key: string, region: string): Promise<boolean> {
  const client = new KMSClient({ region })
  try {
    const { KeyMetadata: found } = await client.send(new DescribeKeyCommand({ KeyId: key }))
    return found?.KeyManager === 'AWS'
  } catch (error) {
    if (error instanceof Error && /^(AccessDenied|NotFound)Exception$/.test(error.name)) return false
    throw error
  } finally {
    client.destroy()
  }
}

/** The key that Secrets Manager itself lets everybody use who may read a secret. */
const own = 'alias/aws/secretsmanager'
