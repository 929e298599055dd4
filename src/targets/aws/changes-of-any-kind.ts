import { fullDiff, type Resource, type ResourceDifference, ResourceImpact } from '@aws-cdk/cloudformation-diff'
import { z } from 'zod'
import type { TemplateContent } from './assembly.ts'
import type { Action, Change } from './change.ts'

const actions: Readonly<Partial<Record<ResourceImpact, Action>>> = {
  [ResourceImpact.WILL_CREATE]: 'add',
  [ResourceImpact.WILL_UPDATE]: 'change',
  [ResourceImpact.MAY_REPLACE]: 'may replace',
  [ResourceImpact.WILL_REPLACE]: 'replace',
  [ResourceImpact.WILL_DESTROY]: 'delete',
  [ResourceImpact.WILL_ORPHAN]: 'leave behind',
}

/** What becomes of each resource, by CDK's own comparison. */
export function changesOfAnyKind(before: TemplateContent, after: TemplateContent): readonly Change[] {
  const { resources } = fullDiff({ ...before }, { ...after })
  const changes: Change[] = []
  resources.forEachDifference((resource, difference) => {
    const does = actions[difference.changeImpact]
    if (does === undefined) return
    // Its `resourceType` throws where a name was given to another type.
    const type = String(difference.newResourceType ?? difference.oldResourceType)
    const isWhole = does === 'add' || does === 'delete'
    const lost = noLongerKept(difference)
    const properties = isWhole ? [] : changedIn(difference)
    changes.push({ resource, type, action: does, properties, ...(lost.length === 0 ? {} : { noLongerKept: lost }) })
  })
  return changes
}

const changedIn = ({ propertyUpdates, otherChanges }: ResourceDifference): string[] =>
  [
    ...Object.entries(propertyUpdates).flatMap(([name, { oldValue, newValue }]) =>
      changedUnder(name, oldValue, newValue),
    ),
    ...Object.keys(otherChanges),
  ].filter((name) => name !== 'Type')

/** Of a list of values by name, as parameters are, the names: that one of twenty is another says nothing. */
function changedUnder(name: string, before: unknown, after: unknown): readonly string[] {
  const [old, wanted] = [before, after].map((value) => values.safeParse(value).data)
  if (!old || !wanted) return [name]
  const names = [...new Set([...Object.keys(old), ...Object.keys(wanted)])].filter((one) => old[one] !== wanted[one])
  // What CloudFormation computes is one value, written as a name and what it is computed from.
  return names.some((one) => /^(Ref|Fn::\w+)$/.test(one)) ? [name] : names.map((one) => `${name}.${one}`)
}
const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

const policies = ['DeletionPolicy', 'UpdateReplacePolicy'] as const
/** How much of a resource a policy leaves there; all others leave nothing. */
const leaves: Readonly<Record<string, number>> = { Retain: 2, RetainExceptOnCreate: 2, Snapshot: 1 }

function noLongerKept({ oldValue, newValue }: ResourceDifference): NonNullable<Change['noLongerKept']> {
  if (oldValue === undefined || newValue === undefined) return []
  return policies
    .map((policy) => ({ policy, was: policyOf(oldValue, policy), is: policyOf(newValue, policy) }))
    .filter(({ was, is }) => (leaves[is] ?? 0) < (leaves[was] ?? 0))
}

/** Where a template says nothing, CloudFormation deletes. */
const policyOf = (resource: Resource, policy: string): string => String(resource[policy] ?? 'Delete')
