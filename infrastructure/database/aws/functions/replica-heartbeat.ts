// Runs on AWS once a minute: on a primary that nobody writes to, RDS's ReplicaLag climbs to five minutes, and the alarm about
// it would ring. The heartbeat that it writes comes back with each backup, and says of which minute that is. The stack carries
// what src/targets/aws/bundle.ts makes of this file, into a runtime that has the SDK and no driver.
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { signIn } from '../../../../src/engines/postgres-wire.ts'
import { ownSchema, readerRole } from '../own-schema.ts'

const env = (name: string): string => process.env[name] ?? ''

export async function handler(): Promise<void> {
  const asked = new GetSecretValueCommand({ SecretId: env('SECRET') })
  const { SecretString: secret = '{}' } = await new SecretsManagerClient({}).send(asked)
  // The attachment of the stack puts the door beside name and password.
  const its = JSON.parse(secret) as { host: string; port: number; username: string; password: string }
  const database = await signIn({ ...its, user: its.username, database: env('DATABASE') })
  try {
    // One transaction: the number of a heartbeat is of those that `edge verify` counts, and stays.
    const statements = [ownSchema, readerRole(env('READER')), 'update edge.heartbeat set at = clock_timestamp()']
    await database.query(statements.join(';\n'))
  } finally {
    database.end()
  }
}
