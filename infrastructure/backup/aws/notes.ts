import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'

/** What the live data held at a moment, in a table of its own: a restored copy is held against it. */
export type Note<Content> = { readonly at: Date; readonly content: Content }

/** Longer than a week, after which the next restore test is due. */
const keptSeconds = 10 * 24 * 3600

type Where = { readonly client: DynamoDBClient; readonly table: string }

export async function note(
  { client, table }: Where,
  of: string,
  { at, content }: { readonly at: Date; readonly content: object },
): Promise<void> {
  const expires = String(Math.ceil(at.getTime() / 1000) + keptSeconds)
  const Item = {
    of: { S: of },
    at: { S: at.toISOString() },
    content: { S: JSON.stringify(content) },
    expires: { N: expires },
  }
  await client.send(new PutItemCommand({ TableName: table, Item }))
}

/** The last one from before a moment, or the first one from after it; undefined where there is none. */
export async function noted<Content>(
  { client, table }: Where,
  of: string,
  { at, isBefore }: { readonly at: Date; readonly isBefore: boolean },
): Promise<Note<Content> | undefined> {
  const asked = new QueryCommand({
    TableName: table,
    KeyConditionExpression: `#of = :of and #at ${isBefore ? '<' : '>'} :at`,
    ExpressionAttributeNames: { '#of': 'of', '#at': 'at' },
    ExpressionAttributeValues: { ':of': { S: of }, ':at': { S: at.toISOString() } },
    ScanIndexForward: !isBefore,
    Limit: 1,
  })
  const { Items: [found] = [] } = await client.send(asked)
  if (!found) return undefined
  // It is what `note` has put there, of the same name.
  const content = JSON.parse(found['content']?.S ?? '') as Content
  return { at: new Date(found['at']?.S ?? ''), content }
}
