import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import { CloudFrontClient } from '@aws-sdk/client-cloudfront'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { S3Client } from '@aws-sdk/client-s3'
import { only } from '../../src/targets/aws/template.ts'
import type { Deployed } from '../../infrastructure/cdn/aws/deployed.ts'

/** Asks the emulator's CloudFormation what a stack is made of. */
export async function deployedStack(
  stack: string,
  how: { readonly region: string; readonly endpoint: string },
): Promise<Deployed> {
  const client = { ...how, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
  const ids = new Map<string, string>()
  const pages = paginateListStackResources({ client: new CloudFormationClient(client) }, { StackName: stack })
  for await (const { StackResourceSummaries: resources = [] } of pages) {
    for (const { LogicalResourceId: logical = '', PhysicalResourceId: id = '' } of resources) ids.set(logical, id)
  }
  return {
    id: (resource) => only([...ids], resource),
    s3: new S3Client({ ...client, forcePathStyle: true }),
    cloudFront: new CloudFrontClient(client),
    cloudWatch: new CloudWatchClient(client),
  }
}
