import type { RoomProof } from './proof.ts'
import { referred } from './references.ts'
import { at, list, resourceOf } from './template.ts'

const because = 'an emulator asks nobody for rights'

/** Who may take a role, and which of AWS's own policies it has. */
export const roleIs = (
  resource: string,
  says: string,
  { service, policies }: { readonly service: string; readonly policies: readonly string[] },
): RoomProof => ({
  type: 'AWS::IAM::Role',
  says,
  fact: `role ${resource}`,
  proves: [],
  is: [[`Allow sts:AssumeRole ${service}`], policies.map((name) => `arn:aws:iam::aws:policy/${name}`)],
  template: (template) => {
    const found = at(resourceOf(template, resource), 'Properties')
    const trusted = list(at(found, 'AssumeRolePolicyDocument', 'Statement')).map((one) =>
      [at(one, 'Effect'), at(one, 'Action'), at(one, 'Principal', 'Service')].join(' '),
    )
    return [trusted, list(at(found, 'ManagedPolicyArns')).map(referred)]
  },
  by: 'template',
  because,
})

/** What a role may do with what, beside AWS's own policies; CDK names the policy after the role. */
export const rightsAre = (role: string, says: string, is: readonly string[]): RoomProof => ({
  type: 'AWS::IAM::Policy',
  says,
  fact: `rights of ${role}`,
  proves: [],
  is: [[role], is],
  template: (template) => {
    const found = at(resourceOf(template, `${role}DefaultPolicy`), 'Properties')
    return [referred(at(found, 'Roles')), list(at(found, 'PolicyDocument', 'Statement')).map(statementInWords)]
  },
  by: 'template',
  because,
})

/** A statement of a policy as a sentence: `Allow s3:ListBucket on Store where StringEquals aws:SourceAccount 1`. */
export function statementInWords(statement: unknown): string {
  const words = (value: unknown): string => [referred(value)].flat().join(' ')
  const principal = at(statement, 'Principal')
  const who = principal === undefined ? [] : [words(at(principal, 'Service') ?? at(principal, 'AWS') ?? principal)]
  const where = Object.entries(Object(at(statement, 'Condition'))).flatMap(([operator, keys]) =>
    Object.entries(Object(keys)).map(([key, value]) => `where ${operator} ${key} ${words(value)}`),
  )
  const [effect, action, on] = ['Effect', 'Action', 'Resource'].map((name) => words(at(statement, name)))
  return [effect, ...who, action, 'on', on, ...where].join(' ')
}
