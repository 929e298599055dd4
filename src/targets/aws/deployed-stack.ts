import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import { only } from './template.ts'

/** What each client of the SDK is told; the tests name the emulator and its credentials, all others the region alone. */
export type ClientSettings = {
  readonly region: string
  readonly endpoint?: string
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** A stack as it was really deployed: its resources' own ids, and how to ask about them. */
export type DeployedStack = {
  /** The physical id of the resource whose logical one begins like this; CDK adds a hash to it. */
  readonly id: (resource: string) => string
  /** A text that AWS answers, with the names of resources, as the template has them, in the place of their ids. */
  readonly named: (text: unknown) => unknown
  readonly client: ClientSettings
}

/** Asks CloudFormation what a stack is made of. */
export async function deployedStack(stack: string, client: ClientSettings): Promise<DeployedStack> {
  const ids = new Map<string, string>()
  const pages = paginateListStackResources({ client: new CloudFormationClient(client) }, { StackName: stack })
  for await (const { StackResourceSummaries: resources = [] } of pages)
    for (const { LogicalResourceId: logical = '', PhysicalResourceId: id = '' } of resources) ids.set(logical, id)
  // The longest first: of two names one may begin the other.
  const names = [...ids].toSorted(([, one], [, other]) => other.length - one.length)
  const named = (text: unknown): unknown =>
    typeof text === 'string' ? names.reduce((so, [logical, id]) => so.replaceAll(id, plain(logical)), text) : text
  return { id: (resource) => only([...ids], resource), named, client }
}

/** The name of a resource without the hash that CDK adds to it. */
export const plain = (name: unknown): string => String(name).replace(/[0-9A-F]{8}$/, '')
