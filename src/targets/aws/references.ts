import { plain } from './deployed-stack.ts'
import { at, list } from './template.ts'

const pseudo = new Map([
  ['AWS::Partition', 'aws'],
  ['AWS::AccountId', '000000000000'],
  ['AWS::Region', 'us-east-1'],
])

/**
 * A value of a template with names in place of references: a resource, and an attribute of it that is its id or ARN, is
 * its name without CDK's hash; any other attribute `Name.Attribute`.
 */
export function referred(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(referred)
  const [ref, attribute, join] = ['Ref', 'Fn::GetAtt', 'Fn::Join'].map((name) => at(value, name))
  if (ref !== undefined) return pseudo.get(String(ref)) ?? plain(ref)
  if (attribute !== undefined) {
    const [name, of] = [plain(at(attribute, 0)), String(at(attribute, 1))]
    return isItself.has(of) ? name : `${name}.${of}`
  }
  const zone = at(value, 'Fn::Select')
  if (at(zone, 1, 'Fn::GetAZs') === '') return `us-east-1${'abc'.charAt(Number(at(zone, 0)))}`
  if (join !== undefined)
    return list(at(join, 1))
      .map(referred)
      .join(String(at(join, 0)))
  return value
}

const isItself = new Set(['Arn', 'GroupId', 'Id', 'TopicArn', 'BackupVaultName', 'BackupPlanId'])
