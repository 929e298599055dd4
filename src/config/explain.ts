import { basename } from 'node:path'
import { z } from 'zod'
import { core, defaultOf, docOf, objectsIn } from './fields.ts'
import { literal } from './literal.ts'
import { type Configuration, schema } from './schema.ts'

/** Where a value comes from: the operator's file, the production document's number, or a default of ours. */
type Origin = 'file' | 'document' | 'ours'

export type ExplainedValue = {
  readonly path: string
  /** As an operator would write it, with its unit. */
  readonly value: unknown
  readonly from: Origin
  readonly doc: string
}

/**
 * The whole configuration in force, one entry a value, in the schema's order. `state` is the directory that is used
 * where the file names none. Values of an environment are hidden: they may be secrets.
 */
export function explain(
  { configuration, given }: { readonly configuration: Configuration; readonly given: unknown },
  state: string,
): readonly ExplainedValue[] {
  return walk('', schema, given, { ...configuration, state })
}

function walk(path: string, at: z.ZodType, given: unknown, resolved: unknown): readonly ExplainedValue[] {
  const form = isObject(resolved) && !isList(at) ? formOf(at, resolved) : undefined
  if (form) {
    return Object.entries(form.shape).flatMap(([name, inner]) =>
      // The shape of an object that was made with classic zod holds classic schemas.
      walk(path === '' ? name : `${path}.${name}`, inner as z.ZodType, get(given, name), get(resolved, name)),
    )
  }
  if (resolved === undefined) return []
  const doc = docOf(at)
  const written = given ?? defaultOf(at) ?? resolved
  return [
    {
      path,
      value: path.endsWith('.environment') ? hidden(written) : written,
      from: given !== undefined ? 'file' : (doc?.source ?? 'ours'),
      doc: doc?.doc ?? '',
    },
  ]
}

/** Of several forms, the one that has all of the value's fields. */
function formOf(at: z.ZodType, value: object): z.ZodObject | undefined {
  return objectsIn(at).find(({ shape }) => Object.keys(value).every((name) => name in shape))
}

const isList = (at: z.ZodType): boolean => core(at) instanceof z.ZodArray
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const get = (value: unknown, name: string): unknown => (isObject(value) ? Reflect.get(value, name) : undefined)

function hidden(environment: unknown): unknown {
  return isObject(environment)
    ? Object.fromEntries(Object.keys(environment).map((name) => [name, '(hidden)']))
    : environment
}

/** Where the origins stand, but for those that follow a longer value. */
const widestValue = 52

/** The table that `edge config` prints. */
export function explanationTable(file: string, values: readonly ExplainedValue[]): string {
  const from: Readonly<Record<Origin, string>> = {
    file: basename(file),
    document: "the document's default",
    ours: 'our default',
  }
  const paths = Math.max(...values.map(({ path }) => path.length))
  const texts = values.map(({ value }) => literal(value))
  const widest = Math.min(widestValue, Math.max(...texts.map(({ length }) => length)))
  const rows = values.map(
    (value, index) => `  ${value.path.padEnd(paths)}   ${(texts[index] ?? '').padEnd(widest)}   ${from[value.from]}`,
  )
  return `${[file, ...rows].join('\n')}\n`
}
