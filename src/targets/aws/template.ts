import type { TemplateContent } from './assembly.ts'

/** A resource of a template, by the beginning of its logical id. */
export const resourceOf = (template: TemplateContent, resource: string): unknown =>
  only(Object.entries(template['Resources'] ?? {}), resource)

/** The one of a logical id that begins so: CDK's hash is eight characters; what it names without one is named whole. */
export function only<Value>(entries: readonly (readonly [string, Value])[], resource: string): Value {
  const [found, another] = entries.filter(([logical]) => new RegExp(`^${resource}([0-9A-F]{8})?$`).test(logical))
  if (found === undefined || another) throw new Error(`${found ? 'several are' : 'none is'} called ${resource}`)
  return found[1]
}

/** What lies at a path in a value of which nothing is known; undefined where there is nothing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  const [first, ...rest] = path
  if (first === undefined) return value
  if (typeof value !== 'object' || value === null) return undefined
  return at(new Map(Object.entries(value)).get(String(first)), ...rest)
}

/** A list, which the API wraps and counts where a template has it as it is. */
export const items = (value: unknown): readonly unknown[] => list(at(value, 'Items') ?? value)

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
