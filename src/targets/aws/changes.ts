import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { TemplateContent } from './assembly.ts'
import type { Change, SectionChange } from './change.ts'

/**
 * Properties that CloudFormation changes in place, whatever their value. The library that knows this of all types reads
 * all of their schemas first, which is half of what a plan takes; it is asked where a change is not among these.
 */
export const changedInPlace: Readonly<Record<string, readonly string[]>> = {
  'AWS::CloudFront::CachePolicy': ['CachePolicyConfig'],
  'AWS::CloudFront::Distribution': ['DistributionConfig'],
  'AWS::CloudFront::Function': ['AutoPublish', 'FunctionCode', 'FunctionConfig'],
  'AWS::CloudFront::MonitoringSubscription': ['MonitoringSubscription'],
  'AWS::CloudFront::OriginAccessControl': ['OriginAccessControlConfig'],
  'AWS::CloudFront::ResponseHeadersPolicy': ['ResponseHeadersPolicyConfig'],
  'AWS::CloudWatch::Alarm': ['AlarmDescription', 'ComparisonOperator', 'EvaluationPeriods', 'Period', 'Threshold'],
  'AWS::Logs::Delivery': ['RecordFields'],
  'AWS::S3::Bucket': ['BucketEncryption', 'LifecycleConfiguration', 'PublicAccessBlockConfiguration'],
  'AWS::S3::BucketPolicy': ['PolicyDocument'],
}

const resourceForm = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
})
type Resource = z.output<typeof resourceForm>
const resourcesForm = z.record(z.string(), resourceForm).default({})

/** What becomes of each resource on the way from one template to another. */
export async function changesBetween(before: TemplateContent, after: TemplateContent): Promise<readonly Change[]> {
  return quietChanges(before, after) ?? (await import('./changes-of-any-kind.ts')).changesOfAnyKind(before, after)
}

/** The changes where nothing is replaced or deleted; undefined where that cannot be said from here. */
export function quietChanges(before: TemplateContent, after: TemplateContent): readonly Change[] | undefined {
  const [old, wanted] = [resourcesForm.parse(before['Resources']), resourcesForm.parse(after['Resources'])]
  if (Object.keys(old).some((name) => wanted[name] === undefined)) return undefined
  const changes = Object.entries(wanted).map(([resource, next]): readonly Change[] | undefined => {
    const { Type: type } = next
    const previous = old[resource]
    if (previous === undefined) return [{ resource, type, action: 'add', properties: [] }]
    if (isDeepStrictEqual(previous, next)) return []
    const properties = changedProperties(previous, next)
    const isQuiet = properties.every((name) => changedInPlace[type]?.includes(name))
    return isQuiet && isElseTheSame(previous, next) ? [{ resource, type, action: 'change', properties }] : undefined
  })
  return changes.includes(undefined) ? undefined : changes.flatMap((one) => one ?? [])
}

/** What differs beside the resources: what the stack answers (Outputs), what it says of itself. */
export function sectionChanges(before: TemplateContent, after: TemplateContent): readonly SectionChange[] {
  return namesThatDiffer(before, after)
    .filter((section) => section !== 'Resources')
    .map((section) => ({ section, names: namesThatDiffer(before[section], after[section]) }))
}

/** Names under which two sections have different values; none where they have no names. */
function namesThatDiffer(one: unknown = {}, other: unknown = {}): string[] {
  const [left, right] = [namesForm.safeParse(one).data ?? {}, namesForm.safeParse(other).data ?? {}]
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (name) => !isDeepStrictEqual(left[name], right[name]),
  )
}
const namesForm = z.record(z.string(), z.unknown())

const changedProperties = ({ Properties: one }: Resource, { Properties: other }: Resource): string[] =>
  namesThatDiffer(one, other)

const isElseTheSame = (one: Resource, other: Resource): boolean =>
  isDeepStrictEqual({ ...one, Properties: {} }, { ...other, Properties: {} })
