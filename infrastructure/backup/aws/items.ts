import { createHash } from 'node:crypto'
import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import type { Compared } from './reading.ts'

/** Of a table: by the first byte of each item's hash, how many there are, and a sum over them that depends on no order. */
export type Items = Readonly<Record<string, readonly [count: number, sum: string]>>

/** The same item is the same text, in whichever order its attributes and the members of its sets are answered. */
function text(value: unknown): string {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (Array.isArray(value)) return `[${value.map(text).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  const members = Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, of]) => {
      const isSet = Array.isArray(of) && ['SS', 'NS', 'BS'].includes(name)
      return `${JSON.stringify(name)}:${isSet ? `[${of.map(text).toSorted().join()}]` : text(of)}`
    })
  return `{${members.join()}}`
}

export async function itemsOf(client: DynamoDBClient, TableName: string): Promise<Items> {
  const found = new Map<string, readonly [number, bigint]>()
  for await (const { Items: some = [] } of paginateScan({ client }, { TableName, ConsistentRead: true }))
    for (const item of some) add(found, item)
  return Object.fromEntries([...found].map(([bucket, [count, sum]]) => [bucket, [count, String(sum)]]))
}

function add(found: Map<string, readonly [number, bigint]>, item: Readonly<Record<string, AttributeValue>>): void {
  const hash = createHash('sha256').update(text(item)).digest()
  const bucket = hash.toString('hex', 0, 1)
  const [count, sum] = found.get(bucket) ?? [0, 0n]
  found.set(bucket, [count + 1, BigInt.asUintN(64, sum + hash.readBigUInt64BE(1))])
}

const countOf = (items: Items): number => Object.values(items).reduce((sum, [count]) => sum + count, 0)

/** What came back is between what was there before and after; of what comes and goes meanwhile there may be less. */
const leastShare = 0.5

/**
 * A restored table, held against what the live one had before its backup began and after it was made: DynamoDB knows no
 * moment that somebody could look at. Items are compared by 256 parts of them; a part that is the same before and after has
 * to have come back exactly. One that changed meanwhile says nothing, which of a small or a busy table may be each: so of
 * all items there have to be about as many, and never none.
 */
export function compareItems(before: Items, copy: Items, after: Items): Compared {
  const parts = [...new Set([before, copy, after].flatMap((one) => Object.keys(one)))].toSorted()
  const of = (items: Items, part: string): string => (items[part] ?? [0, '0']).join()
  const still = parts.filter((part) => of(before, part) === of(after, part))
  const other = still.filter((part) => of(copy, part) !== of(before, part))
  const within = (items: Items): number =>
    countOf(Object.fromEntries(Object.entries(items).filter(([part]) => still.includes(part))))
  const compared = within(copy)
  const wrong = (says: string): Compared => ({ compared, says, wrong: says })
  if (other.length > 0)
    return wrong(`${compared} items instead of ${within(before)}, or others: ${other.length} of 256 parts differ`)
  const [was, is, became] = [countOf(before), countOf(copy), countOf(after)]
  if (is < leastShare * Math.min(was, became))
    return wrong(`${is} items came back, of ${was} before the backup and ${became} after it`)
  const changed = parts.length - still.length
  const left = changed > 0 ? `; ${changed} of 256 parts changed during the backup and say nothing` : ''
  return { compared, says: was + is + became === 0 ? 'it was empty, which shows nothing' : `${compared} items${left}` }
}
