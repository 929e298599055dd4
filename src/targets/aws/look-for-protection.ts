import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb'
import { paginateDescribeDBInstances, RDSClient } from '@aws-sdk/client-rds'
import { type Doomed, type Resource, staysBy } from './deletion-protection.ts'
import { describedStack } from './describe-stack.ts'
import { deployedTemplate } from './deployed-template.ts'
import { at } from './template.ts'

type Stack = { readonly stack: string; readonly region: string }

/** Databases and tables of stacks that are there, with what their services say of them now; and databases that stand in theirs. */
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
  const [instances, tables, groups] = types.map((type) => found.filter((one) => one.type === type && one.id !== ''))
  if (!instances || !tables || !groups || instances.length + tables.length + groups.length === 0) return []
  const [template, its, databases, others] = await Promise.all([
    deployedTemplate(stack, region),
    describedStack(stack, region),
    instances.length + groups.length === 0 ? [] : databasesIn(region),
    Promise.all(tables.map(async ({ id }) => [id, await isTableProtected(id, region)] as const)),
  ])
  const kept = new Set([
    ...databases.flatMap(({ id, isProtected }) => (isProtected ? [id] : [])),
    ...others.flatMap(([id, is]) => (is ? [id] : [])),
  ])
  const own = [...instances, ...tables].map((one) => ({
    ...one,
    region,
    stays: staysBy(at(template, 'Resources', one.resource, 'DeletionPolicy'), its?.status),
    isProtected: kept.has(one.id),
  }))
  return [...own, ...guestsIn(groups, databases, instances).map((one) => ({ ...one, region }))]
}

const types = ['AWS::RDS::DBInstance', 'AWS::DynamoDB::Table', 'AWS::RDS::DBSubnetGroup'] as const

type Database = { readonly id: string; readonly isProtected: boolean; readonly group: string }

/** Of no stack, and in the subnets of this one: CloudFormation could not delete those. */
function guestsIn(
  groups: readonly Resource[],
  databases: readonly Database[],
  own: readonly Resource[],
): readonly Omit<Doomed, 'region'>[] {
  const names = new Set(groups.map(({ id }) => id.toLowerCase()))
  const isGuest = ({ id, group }: Database): boolean => names.has(group) && !own.some((one) => one.id === id)
  return databases
    .filter(isGuest)
    .map(({ id }) => ({ resource: id, id, type: types[0], stays: false, isProtected: false, isGuest: true }))
}

async function databasesIn(region: string): Promise<readonly Database[]> {
  const all: Database[] = []
  const pages = paginateDescribeDBInstances({ client: new RDSClient({ region }) }, {})
  for await (const { DBInstances: found = [] } of pages)
    for (const { DBInstanceIdentifier: id, DeletionProtection: is, DBSubnetGroup: group } of found)
      if (id !== undefined)
        all.push({ id, isProtected: is === true, group: group?.DBSubnetGroupName?.toLowerCase() ?? '' })
  return all
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
