import { z } from 'zod'
import { numberOf, type OneNumber, type Promised } from './guarantee.ts'
import {
  type Bytes,
  type BytesText,
  type Duration,
  type DurationText,
  inUnit,
  magnitude,
  parseBytes,
  parseDuration,
  seconds,
  show,
  type UnitName,
  UnitError,
} from './units.ts'

/** What a field of the configuration says about itself; `edge config` and the documentation are rendered from it. */
export type FieldDoc = {
  readonly doc: string
  /** A value that parses; a test parses each. */
  readonly example: unknown
  /** Why the bound is where it is; shown beside a message about it. */
  readonly why?: string
  /** Where the default comes from. */
  readonly source?: 'document' | 'ours'
}

/** Attaches the documentation to a schema; call it last, after `.default()`. */
export function field<Schema extends z.ZodType>(schema: Schema, doc: FieldDoc): Schema {
  return schema.meta(doc)
}

/**
 * A setting that begins with what a guarantee promises: its number and where that comes from are written there. A time
 * or a size is said in `unit`.
 */
export function promisedField<Schema extends z.ZodType>(
  schema: Schema,
  promise: Pick<Promised, 'source'> & OneNumber,
  { unit, ...doc }: Pick<FieldDoc, 'doc' | 'why'> & { readonly unit?: UnitName },
): z.ZodPrefault<Schema> {
  const value = numberOf(promise)
  const written = unit === undefined ? magnitude(value) : inUnit(value, unit)
  // A schema knows its own input at compile time alone; a test reads each example with its schema.
  return field(z.prefault(schema, written as z.input<Schema>), { ...doc, example: written, source: promise.source })
}

/** A time with its unit, `'300 seconds'`; parsed to a Duration. Bounds are inclusive. */
export function time(bounds: { atLeast?: DurationText; atMost?: DurationText } = {}) {
  return quantity<DurationText, Duration>(parseDuration, (value) => value.milliseconds, bounds)
}

/** A time that goes into a field of HTTP, which knows no part of a second. */
export function httpTime(bounds: { atLeast?: DurationText } = {}) {
  return time(bounds).refine((value) => Number.isInteger(seconds(value)), {
    error: "must be whole seconds, as HTTP counts them: '2 seconds', '90 minutes'",
  })
}

/** A size with its unit, `'256 MB'`; parsed to Bytes. Bounds are inclusive. */
export function size(bounds: { atLeast?: BytesText; atMost?: BytesText } = {}) {
  return quantity<BytesText, Bytes>(parseBytes, (value) => value.bytes, bounds)
}

function quantity<Text extends string, Value extends Duration | Bytes>(
  parse: (text: string) => Value,
  amount: (value: Value) => number,
  bounds: { atLeast?: Text; atMost?: Text },
) {
  const lowest = bounds.atLeast === undefined ? undefined : parse(bounds.atLeast)
  const highest = bounds.atMost === undefined ? undefined : parse(bounds.atMost)
  // The runtime check is the transform below; z.custom only carries the text's type to the operator's editor.
  return z
    .custom<Text>((input) => typeof input === 'string', 'must be a text with a number and a unit')
    .transform((text, context) => {
      try {
        const value = parse(text)
        if (lowest && amount(value) < amount(lowest)) context.addIssue(`must be at least ${show(lowest)}`)
        if (highest && amount(value) > amount(highest)) context.addIssue(`must be at most ${show(highest)}`)
        return value
      } catch (error) {
        if (!(error instanceof UnitError)) throw error
        context.addIssue({ code: 'custom', message: error.message, params: { example: error.example } })
        return z.NEVER
      }
    })
}
