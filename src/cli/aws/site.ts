import { SiteStore } from '../../../infrastructure/cdn/aws/site-store.ts'
import type { AwsSite } from '../../../infrastructure/cdn/aws/publish.ts'
import { outputs } from '../../../infrastructure/cdn/aws/stack.ts'
import { OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import { statusOf } from '../../targets/aws/plan.ts'
import { openAws, type OpenedAws } from './open.ts'
import { stackName } from './stacks.ts'

/** A site that is deployed: where it answers, and where its releases lie. */
export type OpenedSite = OpenedAws & { readonly site: AwsSite; readonly address: string }

/** Throws OperatorError where nothing is deployed. */
export async function openSite(world: World, options: Readonly<Record<string, unknown>>): Promise<OpenedSite> {
  const opened = await openAws(world, options)
  const { configuration } = opened
  const { region } = configuration.aws
  const stack = stackName(configuration.name, 'cdn')
  const found = await statusOf(stack, region)
  const output = (name: string): string => {
    const value = found?.outputs.get(name)
    if (value !== undefined) return value
    const where = `account ${opened.account}, ${region}`
    throw new OperatorError(stack, `is not deployed (${where})`, 'edge deploy cdn --target aws')
  }
  const store = new SiteStore(output(outputs.bucket), region)
  return {
    ...opened,
    address: output(outputs.address),
    site: { store, distribution: output(outputs.distribution), region },
  }
}
