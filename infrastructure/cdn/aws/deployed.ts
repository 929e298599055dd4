import { type CloudFrontClient, GetDistributionConfigCommand } from '@aws-sdk/client-cloudfront'
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import type { S3Client } from '@aws-sdk/client-s3'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { at, resourceOf } from '../../../src/targets/aws/template.ts'

/** A stack as it was really deployed: its resources' own ids, and who to ask about them. */
export type Deployed = DeployedStack & {
  readonly s3: S3Client
  readonly cloudFront: CloudFrontClient
  readonly cloudWatch: CloudWatchClient
}

/** How CloudFront says that the distribution is configured. */
export async function distributionOf({ id, cloudFront }: Deployed) {
  const { DistributionConfig: found } = await cloudFront.send(
    new GetDistributionConfigCommand({ Id: id('Distribution') }),
  )
  if (found === undefined) throw new Error('CloudFront answers no configuration')
  return found
}

/** The same in a template. */
export const distributionIn = (template: TemplateContent): unknown =>
  at(resourceOf(template, 'Distribution'), 'Properties', 'DistributionConfig')
