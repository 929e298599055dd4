import { at, list } from '../../../src/targets/aws/template.ts'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'

/** Resources that others refer to. */
const referredTo = [
  'Store',
  'AccessLogs',
  'Distribution',
  'DistributionOrigin1S3OriginAccessControl',
  'ViewerRequest',
  'ViewerResponse',
  'ApiRequest',
  'StaticHeaders',
  'ApiHeaders',
  'Cachehashed',
  'Cacheimage',
  'Cachefont',
  'Cacheother',
  'Critical',
  'Warning',
]

const pseudo = new Map([
  ['AWS::Partition', 'aws'],
  ['AWS::AccountId', '000000000000'],
])

/** What AWS makes of an attribute of a bucket or a function. */
const attributes = new Map([
  ['Id', (name: string) => name],
  ['RegionalDomainName', (name: string) => `${name}.s3.us-east-1.amazonaws.com`],
  ['FunctionARN', (name: string) => `arn:aws:cloudfront::000000000000:function/${name}`],
])
const arns = new Map(['Store', 'AccessLogs'].map((name) => [name, `arn:aws:s3:::${name}`]))

/** The name of a resource without the hash that CDK adds to it. */
export const plain = (name: unknown): string => String(name).replace(/[0-9A-F]{8}$/, '')

/**
 * A value of a template as AWS has it, with the name of a resource where that has its id: a reference that leads to
 * another resource, or to another attribute of it, is another text.
 */
export function said(value: unknown): unknown {
  const [ref, attribute, join] = ['Ref', 'Fn::GetAtt', 'Fn::Join'].map((name) => at(value, name))
  if (ref !== undefined) return pseudo.get(String(ref)) ?? plain(ref)
  if (attribute !== undefined) return attributeOf(plain(at(attribute, 0)), String(at(attribute, 1)))
  if (join !== undefined)
    return list(at(join, 1))
      .map(said)
      .join(String(at(join, 0)))
  return value
}

const attributeOf = (name: string, attribute: string): string =>
  (attribute === 'Arn' ? arns.get(name) : attributes.get(attribute)?.(name)) ?? `${name}.${attribute}`

/** A text that AWS answers, with the names of resources in the place of their ids. */
export const named =
  (deployed: DeployedStack) =>
  (text: unknown): unknown =>
    typeof text !== 'string'
      ? text
      : referredTo.reduce((so, name) => {
          const id = idIn(deployed, name)
          return id === undefined ? so : so.replaceAll(id, name)
        }, text)

/** What AWS calls a resource; undefined where the configuration has none of it, as a site without an API. */
function idIn({ id }: DeployedStack, name: string): string | undefined {
  try {
    return id(name).split('/').at(-1)
  } catch {
    return undefined
  }
}
