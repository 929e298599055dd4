import { loadConfiguration } from '../../config/load.ts'
import type { Configuration } from '../../config/schema.ts'
import type { World } from '../../core/world.ts'
import { currentAccount } from '../../targets/aws/account.ts'
import type { Define } from '../../targets/aws/assembly.ts'
import { project, textOption } from '../open.ts'
import { stacksOf } from './stacks.ts'

/** A configuration with the account that it would be deployed to. */
export type OpenedAws = {
  readonly configuration: Configuration & { readonly directory: string }
  readonly account: string
  readonly define: Define
}

export async function openAws(world: World, options: Readonly<Record<string, unknown>>): Promise<OpenedAws> {
  const { configuration } = await loadConfiguration(world, project, textOption(options, 'config'), 'aws')
  const account = await currentAccount(configuration.aws.account, configuration.aws.region)
  return { configuration, account, define: stacksOf(configuration, account) }
}
