import type { TemplateContent } from '../src/targets/aws/assembly.ts'
import { at, only } from '../src/targets/aws/template.ts'

export type Edit = (template: TemplateContent) => TemplateContent
type Path = readonly (string | number)[]

/** A template in which one value is another; undefined leaves it out. The given template stays as it is. */
export const edited = (template: TemplateContent, path: Path, to: (was: unknown) => unknown): TemplateContent => ({
  ...Object(changed(template, path, to)),
})

function changed(value: unknown, [first, ...rest]: Path, to: (was: unknown) => unknown): unknown {
  if (first === undefined) return to(value)
  const inner = changed(at(value, first), rest, to)
  if (!Array.isArray(value)) return { ...Object(value), [first]: inner }
  return value.flatMap((one, index) => (index !== first ? [one] : inner === undefined ? [] : [inner]))
}

/** Edits one value of a resource, which is named by the beginning of its logical id; numbers in the path count in lists. */
export const change =
  (resource: string, path: string, to: (was: unknown) => unknown): Edit =>
  (template) => {
    const ids = Object.keys(template['Resources'] ?? {}).map((id) => [id, id] as const)
    const steps = path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step))
    return edited(template, ['Resources', only(ids, resource), ...steps], to)
  }

/** Gives it another value, whatever it was; undefined leaves it out. */
export const set = (resource: string, path: string, to: unknown): Edit => change(resource, path, () => to)

/** Every path at which a value stands that has no more inside. */
export function leaves(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, inner]) =>
    leaves(inner, [...path, Array.isArray(value) ? Number(name) : name]),
  )
}
