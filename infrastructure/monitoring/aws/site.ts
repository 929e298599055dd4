import type { Alarm } from '../../../src/core/alarm.ts'
import type { FunctionAlarm } from '../../../src/core/own-function.ts'
import { type ClientSettings, deployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { type Publishers, resourceFor } from '../../../src/targets/aws/topics.ts'
import type { Watched } from './dashboard.ts'
import type { DeployedTopics } from './outputs.ts'

/** The stack of the site: its alarms stand there, and call topics of their own. */
export type SiteNeeds = {
  readonly stack: string
  readonly region: string
  readonly alarms: readonly Alarm[]
  /** The alarms about its functions. */
  readonly functions: readonly FunctionAlarm[]
}

/** The alarms of the site as they are deployed, whom they call, and where; or why nothing can be said of them. */
export type Site =
  | { readonly missing: string }
  | {
      readonly topics: DeployedTopics
      readonly publishers: Publishers
      readonly watched: readonly Watched[]
      readonly functions: readonly FunctionAlarm[]
      readonly client: ClientSettings
      /** The id of what answers visitors. */
      readonly distribution: string
    }

/** Asks CloudFormation for the site's stack, which is deployed after that of monitoring, or not at all. */
export async function siteOf({ stack, region, alarms, functions }: SiteNeeds): Promise<Site> {
  try {
    const { id, client } = await deployedStack(stack, { region })
    const topic = (severity: 'critical' | 'warning'): string => id(resourceFor(severity))
    const distribution = id('Distribution')
    const dimensions = { DistributionId: distribution, Region: 'Global' }
    return {
      client,
      distribution,
      functions,
      publishers: { rules: false },
      topics: { critical: topic('critical'), warning: topic('warning') },
      watched: alarms.map((alarm) => ({ alarm, namespace: 'AWS/CloudFront', region, dimensions })),
    }
  } catch (error) {
    // CloudFormation's own words where there is no such stack, and ours where it is of an older version.
    if (!(error instanceof Error) || !/does not exist|none is called/.test(error.message)) throw error
    return { missing: `${stack} is not deployed, or by an older version: edge deploy cdn --target aws` }
  }
}
