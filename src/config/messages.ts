import type { z } from 'zod'
import { nearest } from '../core/nearest.ts'
import { docOf, objectsIn, schemasAt } from './fields.ts'
import { literal, shorten } from './literal.ts'

type Issue = z.core.$ZodIssue
/** One row: where, what is wrong with which value, and why or what to write instead. */
type Mistake = {
  readonly path: string
  readonly message: string
  readonly hint: string
  /** The path that an unknown field was probably meant to be; it is not reported as missing, too. */
  readonly meant?: string | undefined
}

/** Where the hints stand when no message is longer; beyond it, a hint follows its message. */
const widestMessage = 56
/** How much of a value is repeated in a message. */
const widestValue = 40

/**
 * Every mistake of a configuration, in aligned rows below a first line:
 * `3 mistakes, nothing was changed`. `given` is what the operator wrote.
 */
export function mistakesIn(schema: z.ZodType, given: unknown, issues: readonly Issue[]): string {
  const all = issues.flatMap((issue) => mistakesOf(schema, given, issue))
  const meant = new Set(all.flatMap((mistake) => mistake.meant ?? []))
  const mistakes = all.filter(({ path, message }) => !(message === missing && meant.has(path)))
  const paths = width(mistakes.map(({ path }) => path))
  const messages = Math.min(widestMessage, width(mistakes.map(({ message }) => message)))
  const rows = mistakes.map(({ path, message, hint }) =>
    `  ${path.padEnd(paths)}   ${message.padEnd(messages)}   ${hint}`.trimEnd(),
  )
  const title = `${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'}, nothing was changed`
  return [title, ...rows].join('\n')
}

const missing = 'is missing'
const width = (texts: readonly string[]): number => Math.max(...texts.map(({ length }) => length))

function mistakesOf(schema: z.ZodType, given: unknown, issue: Issue): readonly Mistake[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(schema, issue.path, key))
  const value = valueAt(given, issue.path)
  const at = schemasAt(schema, issue.path)
  const doc = at.map(docOf).find((found) => found !== undefined)
  const path = pathText(issue.path)
  if (value === undefined && issue.code !== 'custom') {
    const example = doc && `for example ${literal(doc.example)}`
    return [{ path, message: missing, hint: example ?? '' }]
  }
  if (issue.code === 'invalid_union') return mistakesOfUnion(schema, given, issue)
  const { message, hint } = wording(issue, value, doc?.example)
  // A message of ours that does not say what the value must be says the value itself already.
  if (!message.startsWith('must ')) return [{ path, message, hint: hint ?? '' }]
  return [{ path, message: `${message}${got(value, issue.path)}`, hint: hint ?? doc?.why ?? '' }]
}

/** An environment may hold a password, and messages are kept in logs. */
function got(value: unknown, path: readonly PropertyKey[]): string {
  if (path.includes('environment') || value === undefined || (typeof value === 'object' && value !== null)) return ''
  return ` (got ${shorten(literal(value), widestValue)})`
}

type Wording = { readonly message: string; readonly hint?: string | undefined }

function wording(issue: Issue, value: unknown, example: unknown): Wording {
  switch (issue.code) {
    case 'invalid_type':
      return { message: `must be ${kinds[issue.expected] ?? issue.expected}`, hint: exampleHint(example) }
    case 'too_big':
      return { message: `must be ${issue.inclusive === false ? 'below' : 'at most'} ${amount(issue, issue.maximum)}` }
    case 'too_small':
      return { message: `must be ${issue.inclusive === false ? 'above' : 'at least'} ${amount(issue, issue.minimum)}` }
    case 'invalid_value':
      return { message: `must be ${choice(issue.values.map(literal))}`, hint: nearestValue(value, issue.values) }
    case 'invalid_format':
      return {
        message: issue.message.startsWith('Invalid') ? formatText(issue) : issue.message,
        hint: exampleHint(example),
      }
    case 'custom':
      return { message: issue.message, hint: unitHint(issue.params?.['example'], value, example) }
    default:
      return { message: issue.message }
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object { … }',
  record: 'an object { … }',
}

function amount(issue: { readonly origin: string }, bound: number | bigint): string {
  if (issue.origin === 'string') return `${bound} ${bound === 1 ? 'character' : 'characters'} long`
  if (issue.origin === 'array') return `${bound} ${bound === 1 ? 'entry' : 'entries'} long`
  return String(bound)
}

function formatText(issue: { readonly format: string; readonly prefix?: string }): string {
  return issue.prefix === undefined
    ? `must be a valid ${issue.format === 'url' ? 'address' : issue.format}`
    : `must begin with '${issue.prefix}'`
}

function choice(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}

const exampleHint = (example: unknown): string | undefined =>
  example === undefined ? undefined : `for example ${literal(example)}`

/** The number that was written, with the unit that this field is usually written in. */
function unitHint(proposed: unknown, value: unknown, example: unknown): string | undefined {
  const unit = typeof example === 'string' ? /^[\d.]+ (\w+)$/.exec(example)?.[1] : undefined
  // A text that was read and is out of its bounds has a unit already.
  if (unit === undefined || (typeof value === 'string' && typeof proposed !== 'string')) return undefined
  // Only these two can be read as a number; what else was written need not even have a text.
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number.parseFloat(value) : Number.NaN
  return literal(number >= 0 ? `${number} ${unit}` : example)
}

function nearestValue(value: unknown, known: readonly unknown[]): string | undefined {
  const near = typeof value === 'string' ? nearest(value, known.map(String)) : undefined
  return near === undefined ? undefined : `did you mean ${literal(near)}?`
}

function unknownField(schema: z.ZodType, path: readonly PropertyKey[], key: string): Mistake {
  const shapes = schemasAt(schema, path).flatMap((at) => objectsIn(at).map(({ shape }) => Object.keys(shape)))
  // Forms of one value (an API that edge runs, or one elsewhere) share fields.
  const known = [...new Set(shapes.flat())]
  const near = nearest(key, known)
  const at = pathText([...path, key])
  if (near === undefined) return { path: at, message: 'unknown', hint: `known here: ${known.join(', ')}` }
  return { path: at, message: `unknown; did you mean "${near}"?`, hint: '', meant: pathText([...path, near]) }
}

/** Of several forms that a value may have, the mistakes of the one that it comes nearest to. */
function mistakesOfUnion(schema: z.ZodType, given: unknown, issue: Issue & { code: 'invalid_union' }) {
  const forms = issue.errors.map((errors) => errors.map((error) => within(error, issue.path)))
  const value = valueAt(given, issue.path)
  const fitting = forms.filter((errors) => !errors.some((error) => isWrongKind(error, issue.path, value)))
  const [best] = fitting.toSorted((left, right) => weight(left) - weight(right))
  if (best) return best.flatMap((error) => mistakesOf(schema, given, error))
  const expected = forms.flat().flatMap((error) => (error.code === 'invalid_type' ? [error.expected] : []))
  const message = `must be ${choice([...new Set(expected.map((kind) => kinds[kind] ?? kind))])}`
  const example = schemasAt(schema, issue.path).map(docOf)[0]?.example
  return [
    {
      path: pathText(issue.path),
      message: `${message}${got(value, issue.path)}`,
      hint: exampleHint(example) ?? '',
    },
  ]
}

/** A field that this form does not know speaks against the form; one that is wrong or missing may just be a mistake. */
function weight(errors: readonly Issue[]): number {
  return errors.reduce((sum, error) => sum + (error.code === 'unrecognized_keys' ? 3 * error.keys.length : 1), 0)
}

function within(issue: Issue, path: readonly PropertyKey[]): Issue {
  return { ...issue, path: [...path, ...issue.path] }
}

function isWrongKind(issue: Issue, path: readonly PropertyKey[], value: unknown): boolean {
  if (issue.path.length !== path.length) return false
  // Whoever wrote an object did not mean the one word that could stand there, too.
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof value === 'object')
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
    value,
  )
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(the whole file)'
  return path
    .map((name) => (typeof name === 'number' ? `[${name}]` : `.${String(name)}`))
    .join('')
    .replace(/^\./, '')
}
