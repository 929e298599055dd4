import { isDeepStrictEqual } from 'node:util'
import type { TemplateContent } from '../src/targets/aws/assembly.ts'
import { edited, leaves } from './template-edit.ts'

type Proven = { readonly says: string; readonly is: unknown; readonly template: (template: TemplateContent) => unknown }

/** What does not hold of a template: a proof that does not find its resource does not hold, either. */
export const brokenIn = (proofs: readonly Proven[], of: TemplateContent): readonly string[] =>
  proofs.filter((proof) => !holds(proof, of)).map(({ says }) => says)

function holds({ template, is }: Proven, of: TemplateContent): boolean {
  try {
    return isDeepStrictEqual(template(of), is)
  } catch {
    return false
  }
}

/** Values of resources that could be others without any proof noticing it, as `PrimaryId.Properties.Engine`. */
export function unseenIn(proofs: readonly Proven[], template: TemplateContent): readonly string[] {
  const other = (value: unknown): unknown =>
    typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${String(value)}, edited`
  return leaves(template['Resources'])
    .filter((path) => {
      const one = edited(template, ['Resources', ...path], other)
      return proofs.every((proof) => holds(proof, one))
    })
    .map((path) => path.join('.'))
}
