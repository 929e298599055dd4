import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff'
import type { TemplateContent } from './assembly.ts'
import type { Action, Change } from './changes.ts'

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
    const properties = does === 'add' || does === 'delete' ? [] : Object.keys(difference.propertyUpdates)
    // Its `resourceType` throws where a name was given to another type.
    const type = String(difference.newResourceType ?? difference.oldResourceType)
    changes.push({ resource, type, action: does, properties })
  })
  return changes
}
