import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'

/** One mistake in the operator's file. */
export type Mistake = { readonly path: string; readonly message: string; readonly hint: string }

/** Two names this far apart are not taken for a slip of the finger. */
const nearEnough = 3

/**
 * The mistakes that the schema found, in words: each names its path and the value, and says what would be right.
 * `keysAt` and `docAt` look into the schema: the known names of an object, and what a field says about itself.
 */
export function mistakesOf(
  issues: readonly z.core.$ZodIssue[],
  given: unknown,
  lookup: {
    readonly keysAt: (path: readonly PropertyKey[]) => readonly string[]
    readonly docAt: (path: readonly PropertyKey[]) => { why?: string; example?: unknown }
  },
): readonly Mistake[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField([...issue.path, key], lookup))
    if (issue.code === 'invalid_union') return unionMistakes(issue, given, lookup)
    const value = valueAt(given, issue.path)
    const { why, example } = lookup.docAt(issue.path)
    const right =
      issue.code === 'custom' && typeof issue.params?.['example'] === 'string' ? issue.params['example'] : example
    return [
      {
        path: pathText(issue.path),
        message: `${wording(issue)}${got(value, issue)}`,
        hint: why ?? (right === undefined ? '' : JSON.stringify(right)),
      },
    ]
  })
}

type Lookup = Parameters<typeof mistakesOf>[2]

function unknownField(path: readonly PropertyKey[], lookup: Lookup): Mistake {
  const name = String(path.at(-1))
  const known = lookup.keysAt(path.slice(0, -1))
  const nearest = known.length > 0 ? closest(name, known) : undefined
  const guess = nearest !== undefined && distance(name, nearest) <= nearEnough ? `; did you mean "${nearest}"?` : ''
  return { path: pathText(path), message: `unknown${guess}`, hint: `known: ${known.join(', ')}` }
}

/** Of a value that may be one of several kinds, the mistakes of the kind that it is nearest to. */
function unionMistakes(issue: z.core.$ZodIssueInvalidUnion, given: unknown, lookup: Lookup): readonly Mistake[] {
  const branches = issue.errors.toSorted((a, b) => a.length - b.length || shallow(a) - shallow(b))
  const [nearest] = branches
  if (!nearest) return [{ path: pathText(issue.path), message: 'is of no known kind', hint: '' }]
  const placed = nearest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
  return mistakesOf(placed, given, lookup)
}

const shallow = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.filter((issue) => issue.path.length === 0).length

function wording(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string'
        ? `must be at most ${issue.maximum} letters long`
        : `must be at most ${issue.maximum}`
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string') return 'must not be empty'
      return `must be at least ${issue.minimum}`
    case 'invalid_type':
      return `must be ${article(issue.expected)}`
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'invalid_format':
      return issue.message.startsWith('must') ? issue.message : `must be ${article(issue.format)}`
    default:
      return issue.message
  }
}

const article = (kind: string): string =>
  ({
    int: 'a whole number',
    number: 'a number',
    string: 'a text',
    object: 'an object',
    array: 'a list',
    boolean: 'true or false',
  })[kind] ?? `a ${kind}`

function got(value: unknown, issue: z.core.$ZodIssue): string {
  if (value === undefined) return issue.code === 'invalid_type' ? ', and is missing' : ''
  // A unit's own message has the text in it already.
  if (issue.code === 'custom' && typeof value === 'string' && issue.message.includes(`"${value}"`)) return ''
  const text = JSON.stringify(value)
  return ` (got ${text !== undefined && text.length > 40 ? `${text.slice(0, 39)}…` : text})`
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    given,
  )
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  )

/** The mistakes as the operator reads them: aligned, all of them together. */
export function mistakeLines(mistakes: readonly Mistake[]): readonly string[] {
  const width = (of: (mistake: Mistake) => string): number => Math.max(...mistakes.map((mistake) => of(mistake).length))
  const [paths, messages] = [width(({ path }) => path), width(({ message }) => message)]
  return mistakes.map(({ path, message, hint }) =>
    `  ${path.padEnd(paths)}   ${message.padEnd(messages)}   ${hint}`.trimEnd(),
  )
}
