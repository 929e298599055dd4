import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readJson, writeAtomically } from '../../src/targets/local/files.ts'

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

const replacementFile = (state: string): string => join(state, 'api', 'replacement.json')

/** Undefined before the first. */
export const lastReplacement = (state: string): Promise<Replacement | undefined> =>
  readJson(replacementFile(state), written)

export async function noteReplacement(state: string, replacement: Replacement): Promise<void> {
  const file = replacementFile(state)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeAtomically(file, `${JSON.stringify(replacement, undefined, 1)}\n`)
}

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
