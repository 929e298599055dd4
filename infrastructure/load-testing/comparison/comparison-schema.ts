import { z } from 'zod'

const number = z.number()
const text = z.string()
const verdict = z.enum(['pass', 'regressed', 'inconclusive'])

/** When it began, how many pairs were wanted, and where it lies. */
const about = { base: text, candidate: text, startedAt: text, wanted: number, report: text }

/** What `comparison.json` holds. Ratios are of p95, candidate over base: 1.1 is a tenth slower. */
const comparisonSchema = z.discriminatedUnion('interrupted', [
  z.object({
    ...about,
    interrupted: z.literal(false),
    verdict,
    says: text,
    kind: text,
    machine: text,
    leftOut: text,
    pairs: number,
    steps: z
      .array(
        z.object({
          step: text,
          ratio: number,
          interval: z.tuple([number.nullable(), number.nullable()]).readonly(),
          p: number,
          corrected: number,
          couldSee: number.nullable(),
          verdict,
        }),
      )
      .readonly(),
    runs: z.array(z.object({ base: text, candidate: text })).readonly(),
  }),
  /** By Ctrl-C: no verdict, and the runs that were made of each side, by when they began. */
  z.object({
    ...about,
    interrupted: z.literal(true),
    runs: z.object({ base: z.array(text).readonly(), candidate: z.array(text).readonly() }),
  }),
])

/** What a comparison by turns leaves. */
export type Left = z.output<typeof comparisonSchema>

/** For programs of others that read a comparison. */
export const comparisonJsonSchema = () => ({
  title: 'A comparison of two sites by edge: comparison.json',
  ...z.toJSONSchema(comparisonSchema, { io: 'input' }),
})
