import { type CloudFrontClient, GetDistributionConfigCommand } from '@aws-sdk/client-cloudfront'
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import type { S3Client } from '@aws-sdk/client-s3'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'

/** A stack as it was really deployed: its resources' own ids, and who to ask about them. */
export type Deployed = {
  /** The physical id of the resource whose logical one begins like this; CDK adds a hash to it. */
  readonly id: (resource: string) => string
  readonly s3: S3Client
  readonly cloudFront: CloudFrontClient
  readonly cloudWatch: CloudWatchClient
}

/** How CloudFront says that the distribution is configured. */
export async function distributionOf({ id, cloudFront }: Deployed) {
  const { DistributionConfig: found } = await cloudFront.send(
    new GetDistributionConfigCommand({ Id: id('Distribution') }),
  )
  if (found === undefined) throw new Error('CloudFront answers no configuration')
  return found
}

/** The same in a template. */
export const distributionIn = (template: TemplateContent): unknown =>
  at(resourceOf(template, 'Distribution'), 'Properties', 'DistributionConfig')

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
