import { CloudFrontClient, type DistributionConfig, GetDistributionConfigCommand } from '@aws-sdk/client-cloudfront'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { at, resourceOf } from '../../../src/targets/aws/template.ts'

const asked = new WeakMap<DeployedStack, Promise<DistributionConfig>>()

/** How CloudFront says that the distribution is configured: once for each look, as it takes few questions a second. */
export function distributionOf(deployed: DeployedStack): Promise<DistributionConfig> {
  const known = asked.get(deployed)
  if (known) return known
  const answer = askFor(deployed)
  asked.set(deployed, answer)
  // What failed once is asked for again by the next check.
  answer.catch(() => asked.delete(deployed))
  return answer
}

async function askFor({ id, client }: DeployedStack): Promise<DistributionConfig> {
  const { DistributionConfig: found } = await new CloudFrontClient(client).send(
    new GetDistributionConfigCommand({ Id: id('Distribution') }),
  )
  if (found === undefined) throw new Error('CloudFront answers no configuration')
  return found
}

/** The same in a template. */
export const distributionIn = (template: TemplateContent): unknown =>
  at(resourceOf(template, 'Distribution'), 'Properties', 'DistributionConfig')
