import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb'
import { paginateDescribeDBInstances, RDSClient } from '@aws-sdk/client-rds'
import type { Doomed, Resource } from './deletion-protection.ts'
import { deployedTemplate } from './deployed-template.ts'
import { at } from './template.ts'

type Stack = { readonly stack: string; readonly region: string }

/** Databases and tables of stacks that are there, with what their services say of them now. */
export async function looked(stacks: readonly Stack[]): Promise<readonly Doomed[]> {
  return (await Promise.all(stacks.map(lookedIn))).flat()
}

async function lookedIn({ stack, region }: Stack): Promise<readonly Doomed[]> {
  const found: Resource[] = []
  const pages = paginateListStackResources({ client: new CloudFormationClient({ region }) }, { StackName: stack })
  for await (const { StackResourceSummaries: resources = [] } of pages)
    for (const one of resources)
      found.push({
        resource: one.LogicalResourceId ?? '',
        id: one.PhysicalResourceId ?? '',
        type: one.ResourceType ?? '',
      })
  const [instances, tables] = ['AWS::RDS::DBInstance', 'AWS::DynamoDB::Table'].map((type) =>
    found.filter((one) => one.type === type && one.id !== ''),
  )
  if (!instances || !tables || instances.length + tables.length === 0) return []
  const template = await deployedTemplate(stack, region)
  const [databases, others] = await Promise.all([
    instances.length === 0 ? new Set<string>() : protectedDatabases(region),
    Promise.all(tables.map(async ({ id }) => [id, await isTableProtected(id, region)] as const)),
  ])
  const kept = new Set([...databases, ...others.flatMap(([id, is]) => (is ? [id] : []))])
  return [...instances, ...tables].map((one) => ({
    ...one,
    region,
    stays: staysIn(template, one.resource),
    isProtected: kept.has(one.id),
  }))
}

const staysIn = (template: object, resource: string): boolean =>
  String(at(template, 'Resources', resource, 'DeletionPolicy')).startsWith('Retain')

async function protectedDatabases(region: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for await (const { DBInstances: found = [] } of paginateDescribeDBInstances(
    { client: new RDSClient({ region }) },
    {},
  ))
    for (const { DBInstanceIdentifier: id, DeletionProtection: is } of found) if (id !== undefined && is) ids.add(id)
  return ids
}

async function isTableProtected(id: string, region: string): Promise<boolean> {
  const asked = new DescribeTableCommand({ TableName: id })
  return new DynamoDBClient({ region }).send(asked).then(
    ({ Table: found }) => found?.DeletionProtectionEnabled === true,
    (error: unknown) => {
      // An earlier deletion that was cut off may have taken it already.
      if (error instanceof ResourceNotFoundException) return false
      throw error
    },
  )
}
