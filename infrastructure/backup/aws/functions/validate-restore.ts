// Runs on AWS when a restore test has restored something: compares what came back with what it is a copy of, and says what
// it saw. And each day before the backups, and when one of a table was made: notes what there is to compare with. The stack
// carries what src/targets/aws/bundle.ts makes of this file, into a runtime that has the SDK.
import { BackupClient, DescribeRestoreJobCommand, PutRestoreValidationResultCommand } from '@aws-sdk/client-backup'
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds'
import { S3Client } from '@aws-sdk/client-s3'
import { compareItems, type Items, itemsOf } from '../items.ts'
import { note, noted } from '../notes.ts'
import { compareObjects, objectsIn } from '../objects.ts'
import { type Compared, compareReadings, type Reading, type ReadThis, type Tables } from '../reading.ts'
import { dimensionsOfKind, dimensionsOfSource, figureNames, nameIn, type Restored } from '../restored.ts'

type Seen = Compared & { readonly figures?: Readonly<Record<string, number>> }
/** What EventBridge sends, as far as it is read here; one by the clock has no detail. */
type Sent = {
  readonly detail?: { readonly restoreJobId?: string; readonly backupJobId?: string; readonly resourceArn?: string }
}
type NotedDatabase = { readonly xid: string; readonly tables: Tables }
type NotedTable = { readonly items: Items }

const env = (name: string): string => process.env[name] ?? ''
const notes = () => ({ client: new DynamoDBClient({}), table: env('NOTES') })
const secondsFrom = (one: Date, other: string | Date): number => (new Date(other).getTime() - one.getTime()) / 1000

/** The one that stands in the network of the database reads it: this one does not reach it. */
async function read(asked: ReadThis): Promise<Reading> {
  // A second try would read all of it once more while the first one is at it.
  const lambda = new LambdaClient({ maxAttempts: 1 })
  const invoke = new InvokeCommand({ FunctionName: env('READER'), Payload: JSON.stringify(asked) })
  const { FunctionError: failed, Payload: answer } = await lambda.send(invoke)
  // The program that answers is read-database.ts; where it fails it is Lambda that does, with a message.
  const said = JSON.parse(new TextDecoder().decode(answer)) as Reading & { readonly errorMessage?: string }
  if (failed !== undefined) throw new Error(`the database was not read: ${said.errorMessage ?? failed}`)
  return said
}

/** `database.example.com:5432` */
function live(): Pick<ReadThis, 'host' | 'port'> {
  const [host = '', port] = env('LIVE_DATABASE').split(':')
  return { host, port: Number(port) }
}

async function ofDatabase({ arn, begun }: Restored): Promise<Seen> {
  const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: nameIn(arn) })
  const { DBInstances: [found] = [] } = await new RDSClient({}).send(asked)
  const wrong = (says: string): Seen => ({ compared: 0, says, wrong: says })
  if (found?.StorageEncrypted !== true) return wrong('the restored database is not encrypted')
  const at = { host: found.Endpoint?.Address ?? '', port: found.Endpoint?.Port ?? 0 }
  const { heartbeat, answeredAt } = await read({ ...at, onlyHeartbeat: true })
  const figures = { [figureNames.recoveryTime]: secondsFrom(begun, answeredAt) }
  if (heartbeat === null) return { ...wrong('no heartbeat came back'), figures }
  const lost = { ...figures, [figureNames.recoveryPoint]: -secondsFrom(begun, heartbeat) }
  const was = await noted<NotedDatabase>(notes(), 'database', { at: new Date(heartbeat), isBefore: true })
  if (!was)
    return {
      ...wrong(`nothing was noted of the database before ${heartbeat}, the moment that came back`),
      figures: lost,
    }
  const { xid: before, tables } = was.content
  // Beside each other: each may take as long as a function is let run. Where the live one is lost, what came back is all.
  const liveNow = read({ ...live(), before }).catch(() => undefined)
  const [copy, now] = await Promise.all([read({ ...at, before }), liveNow])
  const compared = compareReadings(tables, copy.tables, now?.tables)
  return { ...compared, says: `${compared.says}; as of ${heartbeat}`, figures: lost }
}

async function ofTable({ arn, source, pointAt }: Restored): Promise<Seen> {
  const [before, after] = await Promise.all(
    [true, false].map((isBefore) => noted<NotedTable>(notes(), source, { at: pointAt, isBefore })),
  )
  const missing = before ? 'after' : 'before'
  if (!before || !after) {
    const says = `nothing was noted of ${nameIn(source)} ${missing} its backup of ${pointAt.toISOString()}`
    return { compared: 0, says, wrong: says }
  }
  const copy = await itemsOf(new DynamoDBClient({}), nameIn(arn))
  return compareItems(before.content.items, copy, after.content.items)
}

async function ofBucket({ arn, source, pointAt }: Restored): Promise<Seen> {
  const s3 = new S3Client({ forcePathStyle: true })
  const [is, was] = await Promise.all([objectsIn(s3, nameIn(arn)), objectsIn(s3, nameIn(source))])
  return compareObjects(was, is, pointAt)
}

const looks: Readonly<Record<string, (restored: Restored) => Promise<Seen>>> = {
  RDS: ofDatabase,
  DynamoDB: ofTable,
  S3: ofBucket,
}

async function restoredBy(RestoreJobId: string): Promise<Restored> {
  const job = await new BackupClient({}).send(new DescribeRestoreJobCommand({ RestoreJobId }))
  return {
    id: RestoreJobId,
    kind: job.ResourceType ?? '',
    arn: job.CreatedResourceArn ?? '',
    source: job.SourceResourceArn ?? '',
    begun: job.CreationDate ?? new Date(0),
    pointAt: job.RecoveryPointCreationDate ?? new Date(0),
  }
}

async function look(restored: Restored): Promise<Seen> {
  const wrong = (says: string): Seen => ({ compared: 0, says, wrong: says })
  const missing = unsaidOf(restored)
  if (missing.length > 0) return wrong(`AWS Backup does not say of this restore its ${missing.join(', ')}`)
  const its = looks[restored.kind]
  // What cannot be looked into has not been seen to be good: a test that says nothing would pass for one that passed.
  if (!its) return wrong(`nothing looks into ${restored.kind}`)
  return its(restored).catch((error: unknown) => wrong(String(error)))
}

/** What has to be known to look into it, and was not said; in the words of AWS Backup, as somebody will look there. */
const unsaidOf = ({ kind, arn, source }: Restored): readonly string[] =>
  Object.entries({ ResourceType: kind, CreatedResourceArn: arn, SourceResourceArn: source }).flatMap(([name, value]) =>
    nameIn(value) === '' ? [name] : [],
  )

/** Whoever is called hears of it: what AWS Backup is told stands in its console alone. */
async function tell(detail: object): Promise<void> {
  const event = { Source: 'edge.backup', DetailType: 'Restore Test Result', Detail: JSON.stringify(detail) }
  const { FailedEntryCount: failed = 0 } = await new EventBridgeClient({}).send(
    new PutEventsCommand({ Entries: [event] }),
  )
  if (failed > 0) throw new Error('EventBridge did not take the result of the restore test')
}

async function putFigures({ kind, source }: Restored, { compared, wrong, figures = {} }: Seen): Promise<void> {
  const [of, ofSource] = [
    dimensionsOfKind(env('INSTANCE'), kind),
    dimensionsOfSource(env('INSTANCE'), kind, nameIn(source)),
  ].map((dimensions) => Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })))
  const values = { [figureNames.good]: wrong === undefined ? 1 : 0, ...figures }
  const MetricData = [
    ...Object.entries(values).map(([MetricName, Value]) => ({ MetricName, Value, Dimensions: of })),
    { MetricName: figureNames.compared, Value: compared, Dimensions: ofSource },
    // CloudWatch takes no figure at all where one has an empty dimension; and under fewer of them it would be another's.
  ].filter(({ Dimensions }) => Dimensions?.every(({ Value }) => Value !== ''))
  if (MetricData.length === 0) return
  await new CloudWatchClient({}).send(new PutMetricDataCommand({ Namespace: env('NAMESPACE'), MetricData }))
}

async function validate(RestoreJobId: string): Promise<Seen> {
  const restored = await restoredBy(RestoreJobId)
  const seen = await look(restored)
  const ValidationStatus = seen.wrong === undefined ? 'SUCCESSFUL' : 'FAILED'
  const { kind: resourceType, arn: createdResourceArn } = restored
  await tell({
    status: ValidationStatus,
    resourceType,
    restoreJobId: RestoreJobId,
    createdResourceArn,
    says: seen.says,
  })
  await putFigures(restored, seen)
  const ValidationStatusMessage = seen.says.slice(0, 500)
  const result = { RestoreJobId, ValidationStatus, ValidationStatusMessage } as const
  await new BackupClient({}).send(new PutRestoreValidationResultCommand(result))
  return seen
}

/** From before the backups: what changes while it is read changes in what is read afterwards, too. */
async function noteTable(arn: string, isBefore: boolean): Promise<void> {
  const begun = new Date()
  const content = { items: await itemsOf(new DynamoDBClient({}), nameIn(arn)) }
  await note(notes(), arn, { at: isBefore ? new Date() : begun, content })
}

async function noteDatabase(): Promise<void> {
  const { xid, tables, answeredAt } = await read(live())
  await note(notes(), 'database', { at: new Date(answeredAt), content: { xid, tables } })
}

export async function handler({ detail = {} }: Sent): Promise<unknown> {
  if (detail.restoreJobId !== undefined) return validate(detail.restoreJobId)
  const tables = env('TABLES').split(' ')
  if (detail.backupJobId !== undefined) {
    const { resourceArn: arn = '' } = detail
    // By its tag a table that no stack knows is backed up as well: it may not be read, and no restore test compares it.
    return tables.includes(arn) ? noteTable(arn, false) : undefined
  }
  // Of one that is not read the others are noted all the same; the log of the function has why.
  const all = await Promise.allSettled([noteDatabase(), ...tables.map((arn) => noteTable(arn, true))])
  const failed = all.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return undefined
}
