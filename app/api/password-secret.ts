import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { PasswordSource } from './database.ts'

/** The password in a secret of Secrets Manager, as RDS has them: JSON with a field `password`. */
export const passwordIn =
  (secret: string, client: SecretsManagerClient): PasswordSource =>
  async () => {
    const { SecretString: text = '' } = await client.send(new GetSecretValueCommand({ SecretId: secret }))
    const found: unknown = JSON.parse(text)
    if (typeof found === 'object' && found !== null && 'password' in found && typeof found.password === 'string')
      return found.password
    throw new Error(`the secret ${secret} has no password`)
  }
