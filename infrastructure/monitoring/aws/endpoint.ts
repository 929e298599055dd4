import type { ProvenStack } from '../../../src/targets/aws/declared.ts'
import type { FunctionAlarm } from '../../../src/core/own-function.ts'
import type { Called, Publishers } from '../../../src/targets/aws/topics.ts'
import type { Watched } from './dashboard.ts'
import type { DeployedTopics } from './outputs.ts'
import type { Site } from './site.ts'

/** What the checks of monitoring look at on AWS. */
export type MonitoringEndpointOnAws = ProvenStack & {
  /** Name of the instance: begins the names of its alarms. */
  readonly name: string
  readonly topics: DeployedTopics
  readonly publishers: Publishers
  /** Alarms that call somebody, in whichever stack they stand, with what each looks at. */
  readonly watched: readonly Watched[]
  /** The alarms about functions that stand in the configured region. */
  readonly functions: readonly FunctionAlarm[]
  /** The alarms of the site, which call topics of their own. */
  readonly site: Site
  /** The addresses that are configured. */
  readonly called: Called
}
