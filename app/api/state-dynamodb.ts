import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type Accounts, defaultPreferences, type Preferences, type State } from './state.ts'

/** The names of the two tables, as the stack of the backups has them. */
export type StateTables = { readonly sessions: string; readonly preferences: string }

/**
 * Keeps sessions and preferences in DynamoDB, and leaves accounts to whoever counts attempts. Each read is consistent: see
 * State. What has expired goes by itself, some time later, and is not found until then. Who is no account any more is
 * signed in until the session ends: no table here knows of the other.
 */
export function stateInTables(
  { sessions, preferences }: StateTables,
  client: DynamoDBClient,
  { findAccount, admitLogin, passLogin, tidy }: Accounts,
): State {
  const key = (tokenHash: Buffer) => ({ id: { S: tokenHash.toString('base64url') } })
  return {
    findAccount,
    admitLogin,
    startSession: async ({ tokenHash, account, seconds }) => {
      const expires = { N: String(Math.floor(inSeconds() + seconds)) }
      const Item = { ...key(tokenHash), account: { S: account }, expires }
      const isNew = 'attribute_not_exists(id)'
      await client
        .send(new PutItemCommand({ TableName: sessions, Item, ConditionExpression: isNew }))
        // Sent twice, as after a lost connection: it is there.
        .catch((error: unknown) => {
          if (!(error instanceof ConditionalCheckFailedException)) throw error
        })
      await passLogin(account)
    },
    findSession: async (tokenHash) => {
      const asked = new GetItemCommand({ TableName: sessions, Key: key(tokenHash), ConsistentRead: true })
      const { Item: found } = await client.send(asked)
      return Number(found?.['expires']?.N ?? 0) > inSeconds() ? found?.['account']?.S : undefined
    },
    endSession: async (tokenHash) => {
      await client.send(new DeleteItemCommand({ TableName: sessions, Key: key(tokenHash) }))
    },
    readPreferences: async (account) => {
      const Key = { user: { S: account } }
      const asked = new GetItemCommand({ TableName: preferences, Key, ConsistentRead: true })
      const { Item: found } = await client.send(asked)
      // It is what is written below.
      const written = JSON.parse(found?.['preferences']?.S ?? '{}') as Partial<Preferences>
      return { ...defaultPreferences, ...written }
    },
    writePreferences: async (account, written) => {
      const Item = { user: { S: account }, preferences: { S: JSON.stringify(written) } }
      await client.send(new PutItemCommand({ TableName: preferences, Item }))
    },
    tidy,
  }
}

/** Since 1970; DynamoDB takes away by whole seconds. */
const inSeconds = (): number => Date.now() / 1000
