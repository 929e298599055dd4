import { z } from 'zod'
import type { TemplateContent } from './assembly.ts'
import { at } from './template.ts'

/**
 * A stack that CloudFormation itself puts beside a rotation of a secret, with the function that changes the password: the
 * transform of Secrets Manager adds it to the template after that was sent, so that no template of ours shows it.
 */
export const hosted = z.object({
  /** Its name in the processed template. */
  resource: z.string(),
  /** What becomes of it: with the rotation it comes and goes, and as long as that stays it may change. */
  action: z.enum(['add', 'change', 'delete']),
})
export type Hosted = Readonly<z.output<typeof hosted>>

export const hostedType = 'AWS::CloudFormation::Stack'

/** What becomes of these stacks on the way from one template to another. */
export function hostedBetween(before: TemplateContent, after: TemplateContent): Hosted[] {
  const [old, wanted] = [hostedIn(before), hostedIn(after)]
  return [
    ...wanted.map((resource) => ({ resource, action: old.includes(resource) ? 'change' : 'add' }) as const),
    ...old
      .filter((resource) => !wanted.includes(resource))
      .map((resource) => ({ resource, action: 'delete' }) as const),
  ]
}

/** Secrets Manager's guide, "AWS::SecretsManager transform": the name of the rotation begins that of its stack. */
const hostedIn = (template: TemplateContent): readonly string[] =>
  Object.entries(template['Resources'] ?? {}).flatMap(([name, resource]) =>
    at(resource, 'Type') === 'AWS::SecretsManager::RotationSchedule' &&
    at(resource, 'Properties', 'HostedRotationLambda') !== undefined
      ? [`${name}HostedRotationLambda`]
      : [],
  )
