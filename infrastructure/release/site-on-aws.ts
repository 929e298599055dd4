import { endpointOf, seenFromOutside } from '../cdn/aws/endpoint.ts'
import { type DeployedSite, deployedSite } from '../cdn/aws/outputs.ts'
import type { Reached } from '../cdn/aws/own-name.ts'
import { SiteStore } from '../cdn/aws/site-store.ts'
import { siteStack } from '../cdn/aws/site-stack.ts'
import type { AwsSite } from '../cdn/aws/switch.ts'
import { visitorsOf } from '../visitors-on-aws.ts'
import { loadConfiguration } from '../../src/config/load.ts'
import type { Configuration } from '../../src/config/schema.ts'
import type { World } from '../../src/core/world.ts'
import { currentAccount } from '../../src/targets/aws/account.ts'
import { deployedOutputs, stackName } from '../../src/targets/aws/describe-stack.ts'
import { project } from '../../src/cli/open.ts'
import { textOption } from '../../src/core/options.ts'

/** A site that is deployed: where it answers, and where its releases lie. Without CDK, which no release needs. */
export type OpenedSite = DeployedSite & { readonly configuration: Configuration; readonly site: AwsSite }

/** Throws OperatorError where nothing is deployed. */
export async function openSite(world: World, options: Readonly<Record<string, unknown>>): Promise<OpenedSite> {
  const { configuration } = await loadConfiguration(world, project, textOption(options, 'config'), 'aws')
  const account = await currentAccount(configuration.aws.account, configuration.aws.region)
  const { component, name, region } = siteStack
  const stack = { component, stack: stackName(configuration.name, name), region }
  const deployed = deployedSite(await deployedOutputs(stack, account))
  const { address, bucket, distribution } = deployed
  const store = new SiteStore(bucket, region)
  const endpoint = endpointOf({ store, address, region }, configuration.cdn, visitorsOf(configuration), world)
  return { ...deployed, configuration, site: { store, distribution, region, endpoint } }
}

/** A site that is looked at from outside; where its name does not lead there yet, past that, which is said. */
export type LookedAt = OpenedSite & Pick<Reached, 'missing'>

export async function openFromOutside(world: World, options: Readonly<Record<string, unknown>>): Promise<LookedAt> {
  const opened = await openSite(world, options)
  const { endpoint, ...more } = await seenFromOutside(opened.site.endpoint, opened.record, world)
  return { ...opened, ...more, site: { ...opened.site, endpoint } }
}
