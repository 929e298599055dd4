import { join } from 'node:path'
import { z } from 'zod'
import type { Damaged, Deployed } from '../../src/core/record.ts'
import { readJson } from '../../src/targets/local/files.ts'
import { recordsOf } from '../../src/targets/local/records.ts'

/** What the newest replacement of the API's processes did to requests, as it was seen while it went on. */
const written = z.object({
  at: z.string(),
  /** The verb that replaced them. */
  verb: z.string(),
  processes: z.array(
    z.object({
      engine: z.string(),
      drained: z.boolean(),
      inFlight: z.number(),
      left: z.number(),
      waitedMs: z.number(),
      cut: z.number(),
    }),
  ),
  /** Requests of its own through the public address meanwhile, and those that were not answered. */
  own: z.object({ asked: z.number(), failed: z.number(), first: z.string().optional() }),
})

export type Replacement = Readonly<z.output<typeof written>>

const recordName = 'replacement'

/** Undefined before the first. Version 0.2 kept the last one in a file of its own, which counts until the next. */
export async function lastReplacement(state: string): Promise<Replacement | Damaged | undefined> {
  const newest = await recordsOf(state).newest(recordName)
  if (!newest) return readJson(join(state, 'api', 'replacement.json'), written)
  if ('damaged' in newest) return newest
  const { at, facts } = newest
  return written.safeParse({ ...facts, at }).data ?? { damaged: `the record of ${at}` }
}

/** `took`: ms from the first process that was replaced to the last; `of`: what the processes run with since. */
export const noteReplacement = (
  state: string,
  { at, ...facts }: Replacement,
  took: number,
  of: Deployed,
): Promise<void> => recordsOf(state).keep({ drill: recordName, at, facts, took, of })

export const cutIn = ({ processes }: Replacement): number => processes.reduce((sum, { cut }) => sum + cut, 0)

/** Whether no request came to harm, as far as it was seen. */
export const isClean = (replacement: Replacement): boolean => cutIn(replacement) === 0 && replacement.own.failed === 0

/** Processes that were told to end with the requests that they had; what became of those was not seen. */
export const undrained = ({ processes }: Replacement): readonly string[] =>
  processes.flatMap(({ engine, drained }) => (drained ? [] : [engine]))

/** In words, for the line of progress: `0 requests cut, 0 of 41 of its own failed`. */
export function showReplacement(replacement: Replacement): string {
  const { own } = replacement
  const past = undrained(replacement)
  const without = past.length === 0 ? '' : `; ${past.join(', ')} could not be relieved of requests first`
  const cut = cutIn(replacement)
  return `${cut} ${cut === 1 ? 'request' : 'requests'} cut, ${own.failed} of ${own.asked} of its own failed${without}`
}
