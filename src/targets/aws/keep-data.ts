import type { Change as SetChange } from '@aws-sdk/client-cloudformation'
import { OperatorError } from '../../core/errors.ts'
import type { ComponentName } from '../../core/guarantee.ts'
import type { Change } from './change.ts'
import type { Placed } from './place.ts'
import type { StackPlan } from './plan.ts'

/** Whatever is in one of these is gone when CloudFormation makes another in its place, or deletes it. */
const holdsData = new Set([
  'AWS::Backup::BackupVault',
  'AWS::DynamoDB::Table',
  'AWS::KMS::Key',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
])

/** What happens to data, and by which properties: `Primary would be replaced, for MasterUsername`. */
export function lossesIn(changes: readonly Change[]): readonly string[] {
  return changes
    .filter(({ type, action }) => holdsData.has(type) && (action === 'replace' || action === 'delete'))
    .map(({ resource, type, action, properties }) => {
      const because = properties.length === 0 ? '' : `, for ${properties.join(', ')}`
      return `${resource} (${type}) would be ${action === 'delete' ? 'deleted' : `replaced${because}`}`
    })
}

/** The same of a change set, in which CloudFormation itself says what it would replace. */
export function lossesInSet(changes: readonly SetChange[]): readonly string[] {
  return changes.flatMap(({ ResourceChange: change }) => {
    const {
      LogicalResourceId: resource = '',
      ResourceType: type = '',
      Action: action,
      Replacement,
      Details,
    } = change ?? {}
    if (!holdsData.has(type)) return []
    if (action === 'Remove') return lossesIn([{ resource, type, action: 'delete', properties: [] }])
    if (Replacement !== 'True') return []
    const causes = (Details ?? []).filter(({ Target: target }) => target?.RequiresRecreation !== 'Never')
    const properties = [...new Set(causes.flatMap(({ Target: target }) => target?.Name ?? []))]
    return lossesIn([{ resource, type, action: 'replace', properties }])
  })
}

/** Throws OperatorError where a plan replaces or deletes what holds data, in a component that was not named for it. */
export function requireDataKept(
  planned: readonly StackPlan[],
  stacks: readonly Pick<Placed, 'stack' | 'component'>[],
  allowed: readonly ComponentName[],
): void {
  for (const { stack, changes } of planned) {
    const component = stacks.find((one) => one.stack === stack)?.component
    const losses = component === undefined || allowed.includes(component) ? [] : lossesIn(changes)
    if (component !== undefined && losses.length > 0) throw dataLoss(stack, component, losses)
  }
}

export const dataLoss = (stack: string, component: ComponentName, losses: readonly string[]): OperatorError =>
  new OperatorError(stack, losses.join('; '), [
    'nothing was deployed',
    'what is in it would be gone but for its backups; which change of the configuration, or of edge, is it?',
    `edge deploy ${component} --target aws --allow-replacement ${component} does it all the same`,
  ])
