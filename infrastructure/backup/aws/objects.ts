import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'
import type { Compared } from './reading.ts'

type Listed = { readonly size: number; readonly tag: string; readonly at: number }
export type Objects = ReadonlyMap<string, Listed>

export async function objectsIn(client: S3Client, Bucket: string): Promise<Objects> {
  const found = new Map<string, Listed>()
  for await (const { Contents: some = [] } of paginateListObjectsV2({ client }, { Bucket }))
    for (const { Key: key = '', Size: size = 0, ETag: tag = '', LastModified: at } of some)
      found.set(key, { size, tag, at: at?.getTime() ?? 0 })
  return found
}

/** Of what was uploaded in parts the tag says how it was cut as well, which a restore does not keep. */
const inParts = (tag: string): boolean => tag.includes('-')

function howTheyDiffer(was: Listed, is: Listed | undefined): string | undefined {
  if (!is) return 'is missing'
  if (is.size !== was.size) return `has ${is.size} bytes instead of ${was.size}`
  return inParts(was.tag) || inParts(is.tag) || was.tag === is.tag ? undefined : 'has other content of the same size'
}

/**
 * A restored bucket, held against what the live one lists: each file that was last written before `moment` has to be there
 * as it is. One that is there alone was deleted since.
 */
export function compareObjects(live: Objects, copy: Objects, moment: Date): Compared {
  const [due, all] = [[...live].filter(([, { at }]) => at < moment.getTime()), copy.size]
  for (const [key, was] of due) {
    const differs = howTheyDiffer(was, copy.get(key))
    if (differs !== undefined) return { compared: due.length, says: `${key} ${differs}`, wrong: differs }
  }
  return { compared: due.length, says: `${due.length} files as they are live, of ${all} that came back` }
}
