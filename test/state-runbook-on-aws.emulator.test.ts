import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tagOf } from '../infrastructure/backup/aws/plans.ts'
import { templatesIn } from '../infrastructure/backup/proofs/test-template.ts'
import { at, resourceOf } from '../src/targets/aws/template.ts'
import { clientOf } from './emulator-client.ts'
import { project } from './instance.ts'
import { Moto } from './moto/moto.ts'

let moto: Moto
let dynamo: DynamoDBClient
beforeAll(async () => {
  moto = await Moto.start()
  dynamo = new DynamoDBClient(clientOf(moto.address))
})
afterAll(() => moto.stop())

const words: Record<string, string> = { NAME: 'trial', MOMENT: '2026-01-31T12:00:00Z', TABLE: 'trial-sessions' }

/** Types a command of the page with the words of this instance in it; answers what it printed. */
async function typed(command: string): Promise<string> {
  const said = command.replaceAll(/\b(NAME|MOMENT|TABLE|ARN|DAYS)\b/g, (word) => words[word] ?? word)
  const { code, stdout, stderr } = await moto.shell(said)
  if (code !== 0) throw new Error(`${said} ended with ${code}: ${stderr}`)
  return stdout.trim()
}

/** The commands of each part of the page, in its order. */
const steps = new Map(
  readFileSync(join(project, 'docs/runbooks/state-on-aws.md'), 'utf8')
    .split(/^## /m)
    .map((part) => {
      const lines = part.split('\n')
      return [lines[0] ?? '', lines.flatMap((line) => (line.startsWith('    aws ') ? [line.trim()] : []))] as const
    }),
)

describe('the runbook of the state on AWS', () => {
  const of = (part: string): readonly string[] => steps.get(part) ?? []
  const TableName = 'trial-state-restored'
  /** What a table has of what the stack gives it, as DynamoDB says it. */
  const has = async (name: string) => {
    const asked = { TableName: name }
    const [ttl, backups, table] = await Promise.all([
      dynamo.send(new DescribeTimeToLiveCommand(asked)),
      dynamo.send(new DescribeContinuousBackupsCommand(asked)),
      dynamo.send(new DescribeTableCommand(asked)),
    ])
    const recovery = backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription
    const tags = await dynamo.send(new ListTagsOfResourceCommand({ ResourceArn: table.Table?.TableArn }))
    return {
      ends: ttl.TimeToLiveDescription?.AttributeName,
      recovery: recovery?.PointInTimeRecoveryStatus,
      days: recovery?.RecoveryPeriodInDays,
      isProtected: table.Table?.DeletionProtectionEnabled,
      tags: tags.Tags,
    }
  }
  let wanted: unknown
  beforeAll(async () => {
    // What the stack gives the table of the sessions: the page has to give as much.
    const { backup } = await templatesIn()
    const planned = at(resourceOf(backup, 'Sessions'), 'Properties')
    wanted = {
      ends: at(planned, 'TimeToLiveSpecification', 'AttributeName'),
      recovery: 'ENABLED',
      days: at(planned, 'PointInTimeRecoverySpecification', 'RecoveryPeriodInDays'),
      isProtected: at(planned, 'DeletionProtectionEnabled'),
      tags: [{ Key: tagOf('trial').key, Value: tagOf('trial').value }],
    }
    await dynamo.send(
      new CreateTableCommand({
        TableName: 'trial-sessions',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 }
    await dynamo.send(
      new UpdateContinuousBackupsCommand({ TableName: 'trial-sessions', PointInTimeRecoverySpecification }),
    )
    await dynamo.send(new PutItemCommand({ TableName: 'trial-sessions', Item: { id: { S: 'one' } } }))
  })

  it('brings a moment back beside what is live, and says between which two', async () => {
    const [look = '', restore = '', wait = '', where = ''] = of('Bring back a moment')
    const [, , days = ''] = (await typed(look)).split(/\s+/)
    for (const command of [restore, wait]) await typed(command)
    const [arn = ''] = (await typed(where)).split(/\s+/)
    Object.assign(words, { ARN: arn, DAYS: days })
    const { Items: items } = await dynamo.send(new ScanCommand({ TableName }))
    expect([items, arn]).toEqual([[{ id: { S: 'one' } }], expect.stringContaining(TableName)])
    expect(await has(TableName)).not.toEqual(wanted)
  })

  it('gives it all that the stack gives a table, and shows that it has it', async () => {
    const commands = of('Give it what a restore leaves out')
    const said: string[] = []
    for (const command of commands.filter((one) => !one.startsWith('aws backup '))) said.push(await typed(command))
    expect(await has(TableName)).toEqual(wanted)
    expect(said.slice(-3)).toEqual(['ENABLED\texpires', 'ENABLED', 'edge:backup\ttrial'])
  })

  it('removes it, and leaves what is live', async () => {
    for (const command of of('Remove it')) await typed(command)
    const { TableNames: names } = await dynamo.send(new ListTablesCommand({}))
    expect(names).toEqual(['trial-sessions'])
  })
})
