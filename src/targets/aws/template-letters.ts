import { exit, OperatorError } from '../../core/errors.ts'
import type { Template } from './assembly.ts'

/** What CloudFormation answers as it was sent. */
const other = /[\u{80}-\u{10FFFF}]/u

/**
 * Throws OperatorError (exit 2) for a template with letters in whose place CloudFormation answers a question mark: no plan
 * could tell whether they are deployed, and each would find a change.
 */
export function requireKeptLetters({ stack, content }: Pick<Template, 'stack' | 'content'>): void {
  const found = firstOther(content, [])
  if (found === undefined) return
  const { path, text } = found
  throw new OperatorError(
    stack,
    `"${text}" has letters beyond ASCII, and CloudFormation answers a question mark for each (${path.join('.')})`,
    'write it in ASCII: no plan could tell whether anything else is deployed',
    exit.usage,
  )
}

type Found = { readonly path: readonly string[]; readonly text: string }

/** The first text, or name, that has another letter. */
function firstOther(value: unknown, path: readonly string[]): Found | undefined {
  if (typeof value === 'string') return other.test(value) ? { path, text: around(value) } : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    const found = firstOther(name, path) ?? firstOther(inner, [...path, name])
    if (found) return found
  }
  return undefined
}

/** A program of a function is long. */
const around = (text: string): string => text.slice(Math.max(0, text.search(other) - 20)).slice(0, 40)
