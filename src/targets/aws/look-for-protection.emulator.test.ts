import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { CreateDBInstanceCommand, DescribeDBSubnetGroupsCommand, RDSClient } from '@aws-sdk/client-rds'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Between, letThrough } from '../../../test/ministack/between.ts'
import { looked } from './look-for-protection.ts'

const region = 'us-east-1'
const stack = 'trial-any'
let between: Between
beforeAll(async () => {
  between = await Between.withEmulator()
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  const { Subnets: subnets = [] } = await new EC2Client({ region }).send(new DescribeSubnetsCommand({}))
  const SubnetIds = subnets.slice(0, 2).map(({ SubnetId: id }) => id)
  const key = { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }
  const resources = {
    Subnets: { Type: 'AWS::RDS::DBSubnetGroup', Properties: { DBSubnetGroupDescription: 'any', SubnetIds } },
    Sessions: {
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        ...key,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
      },
    },
  }
  const client = new CloudFormationClient({ region })
  await client.send(
    new CreateStackCommand({ StackName: stack, TemplateBody: JSON.stringify({ Resources: resources }) }),
  )
  await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName: stack })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await between.stop()
})

describe('what is looked at before a stack is deleted', () => {
  it('stays where its stack was whole once, and goes with one whose first deployment failed', async () => {
    expect(await looked([{ stack, region }])).toMatchObject([{ resource: 'Sessions', stays: true, isProtected: true }])
    between.rule = async ({ body }, emulated) => {
      const answer = await emulated()
      return body.includes('Action=DescribeStacks&')
        ? { ...answer, body: answer.body.replace('>CREATE_COMPLETE<', '>ROLLBACK_FAILED<') }
        : answer
    }
    const failed = await looked([{ stack, region }])
    between.rule = letThrough
    expect(failed).toMatchObject([{ resource: 'Sessions', stays: false, isProtected: true }])
  })

  it('has databases in it that stand in its subnets, and are of no stack', async () => {
    const rds = new RDSClient({ region })
    const { DBSubnetGroups: [group] = [] } = await rds.send(new DescribeDBSubnetGroupsCommand({}))
    const made = { DBInstanceClass: 'db.t3.micro', Engine: 'postgres', AllocatedStorage: 20 }
    const DBInstanceIdentifier = 'awsbackup-restore-test-0a1b'
    const DBSubnetGroupName = group?.DBSubnetGroupName
    await rds.send(new CreateDBInstanceCommand({ ...made, DBInstanceIdentifier, DBSubnetGroupName }))
    await rds.send(new CreateDBInstanceCommand({ ...made, DBInstanceIdentifier: 'elsewhere' }))
    const guests = (await looked([{ stack, region }])).filter(({ isGuest }) => isGuest)
    expect(guests.map(({ id }) => id)).toEqual([DBInstanceIdentifier])
  })
})
