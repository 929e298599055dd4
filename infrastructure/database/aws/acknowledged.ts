import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'

/** The newest heartbeat whose commit was acknowledged, in a table of its own: no restore of the database touches it. */
export type Noted = { readonly number: number; readonly at: string; readonly timeline: number; readonly since: string }

/** The one item of the table. */
const key = { id: { S: 'newest' } }

/** Undefined before the first one. Throws where it is there and cannot be read. */
export async function notedIn(table: string, client: ClientSettings): Promise<Noted | undefined> {
  const asked = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true })
  const { Item: item } = await new DynamoDBClient(client).send(asked)
  if (!item) return undefined
  const [number, timeline] = [Number(item['number']?.N), Number(item['timeline']?.N)]
  const [at = '', since = ''] = [item['at']?.S, item['since']?.S]
  if ([number, timeline, Date.parse(at), Date.parse(since)].some(Number.isNaN))
    throw new Error(`the item of ${table} cannot be read: nobody can tell whether writes were lost; ${newCount(table)}`)
  return { number, at, timeline, since }
}

/** Written once the commit was acknowledged; a higher number of another run stays. */
export async function note(
  table: string,
  { number, at, timeline, since }: Noted,
  client: ClientSettings,
): Promise<void> {
  const Item = {
    ...key,
    number: { N: String(number) },
    at: { S: at },
    timeline: { N: String(timeline) },
    since: { S: since },
  }
  const higher = {
    ConditionExpression: 'attribute_not_exists(id) OR #number < :number',
    ExpressionAttributeNames: { '#number': 'number' },
    ExpressionAttributeValues: { ':number': Item.number },
  }
  try {
    await new DynamoDBClient(client).send(new PutItemCommand({ TableName: table, Item, ...higher }))
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  }
}

/** What an operator types who knows of a loss. */
export const newCount = (table: string): string =>
  `aws dynamodb delete-item --table-name ${table} --key '${JSON.stringify(key)}' begins a new count`
