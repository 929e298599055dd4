import { CloudFrontClient } from '@aws-sdk/client-cloudfront'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { S3Client } from '@aws-sdk/client-s3'
import type { Deployed } from '../../infrastructure/cdn/aws/deployed.ts'
import { deployedStack as anyStack } from '../../src/targets/aws/deployed-stack.ts'
import { clientOf } from '../emulator-client.ts'

/** Asks the emulator's CloudFormation what a stack is made of. */
export async function deployedStack(
  stack: string,
  how: { readonly region: string; readonly endpoint: string },
): Promise<Deployed> {
  const client = clientOf(how.endpoint, how.region)
  return {
    ...(await anyStack(stack, client)),
    s3: new S3Client({ ...client, forcePathStyle: true }),
    cloudFront: new CloudFrontClient(client),
    cloudWatch: new CloudWatchClient(client),
  }
}
