import type { Outputs } from '../../../src/targets/aws/outputs.ts'
import type { Severity } from '../../../src/core/severity.ts'

/** What others read of the stack when it is deployed. */
export const outputs = { critical: 'CriticalTopic', warning: 'WarningTopic' } as const satisfies Record<
  Severity,
  string
>

/** The topics, by their ARNs. */
export type DeployedTopics = Readonly<Record<Severity, string>>

/** Throws MissingOutput where an older version of edge deployed less. */
export const deployedTopics = (given: Outputs): DeployedTopics => ({
  critical: given.get(outputs.critical),
  warning: given.get(outputs.warning),
})
