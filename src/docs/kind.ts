import { z } from 'zod'
import { core } from '../config/fields.ts'
import { literal } from '../config/literal.ts'

/** What a field takes, in words with its bounds: `whole number, 1 to 400`, `time, at least 1 s`. */
export function kindOf(schema: z.ZodType): string {
  const inner = core(schema)
  // What a union or a list is made of was made with classic zod; its type says only `$ZodType`.
  if (inner instanceof z.ZodUnion) {
    return [...new Set(inner.options.map((option) => kindOf(option as z.ZodType)))].join(' or ')
  }
  if (inner instanceof z.ZodArray) return `list of ${plural(kindOf(inner.element as z.ZodType))}`
  if (inner instanceof z.ZodPipe) return quantity(inner)
  return fromJson(z.toJSONSchema(inner, { io: 'input', unrepresentable: 'any' }))
}

const plural = (kind: string): string => (kind === 'object' ? 'objects' : kind === 'text' ? 'texts' : kind)

/** A time or a size says its own kind and bounds when it is asked: they are known to nobody else. */
function quantity(schema: z.ZodType): string {
  const kind = answer(schema, '').includes('a time') ? 'time' : 'size'
  const [least, most] = kind === 'time' ? ['0 ms', '1000000 weeks'] : ['0 B', '1000000 TB']
  const bounds = [answer(schema, least), answer(schema, most)].map((text) => text.replace('must be ', ''))
  return [kind, ...bounds.filter((text) => text !== '')].join(', ')
}

const answer = (schema: z.ZodType, text: string): string =>
  z
    .safeParse(schema, text)
    .error?.issues.map(({ message }) => message)
    .join(', ') ?? ''

const names: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  object: 'object',
}

function fromJson(json: z.core.JSONSchema.BaseSchema): string {
  if (json.enum) return json.enum.map(literal).join(' or ')
  if (json.const !== undefined) return literal(json.const)
  const name = names[String(json.type)] ?? 'value'
  const bounds = range(json.minimum, json.maximum) ?? between(json.exclusiveMinimum, json.exclusiveMaximum)
  return bounds === undefined ? name : `${name}, ${bounds}`
}

/** Integers have the bounds of JavaScript where nobody set others; those say nothing. */
const set = (bound: unknown): bound is number =>
  typeof bound === 'number' && Number.isFinite(bound) && Math.abs(bound) < Number.MAX_SAFE_INTEGER

function range(minimum: unknown, maximum: unknown): string | undefined {
  if (set(minimum) && set(maximum)) return `${minimum} to ${maximum}`
  if (set(minimum)) return `at least ${minimum}`
  return set(maximum) ? `at most ${maximum}` : undefined
}

function between(above: unknown, below: unknown): string | undefined {
  if (set(above) && set(below)) return `above ${above} and below ${below}`
  if (set(above)) return `above ${above}`
  return set(below) ? `below ${below}` : undefined
}
