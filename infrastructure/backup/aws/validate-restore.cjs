// Runs on AWS when a restore test has restored something: looks into what came back, and says what it saw. The stack
// carries this text as it is, into a runtime that has the SDK: one file, of the older kind of modules, without a build.

/** The last part of an ARN: `table/NAME`, `db:NAME`, `arn:aws:s3:::NAME`. */
const nameIn = (arn) => arn.split(/[:/]/).at(-1)

async function ofDatabase(arn) {
  const { RDSClient, DescribeDBInstancesCommand } = await import('@aws-sdk/client-rds')
  const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: nameIn(arn) })
  const { DBInstances: [found] = [] } = await new RDSClient({}).send(asked)
  const good = found?.DBInstanceStatus === 'available' && found.StorageEncrypted === true
  return { good, says: `the database is ${found?.DBInstanceStatus}, encrypted: ${found?.StorageEncrypted}` }
}

async function ofTable(arn) {
  const { DynamoDBClient, ScanCommand } = await import('@aws-sdk/client-dynamodb')
  const { Count: count = 0 } = await new DynamoDBClient({}).send(new ScanCommand({ TableName: nameIn(arn), Limit: 1 }))
  return { good: count > 0, says: count > 0 ? 'the table has items' : 'the table is empty' }
}

async function ofBucket(arn) {
  const { S3Client, ListObjectsV2Command } = await import('@aws-sdk/client-s3')
  const asked = new ListObjectsV2Command({ Bucket: nameIn(arn), MaxKeys: 1 })
  const { KeyCount: count = 0 } = await new S3Client({ forcePathStyle: true }).send(asked)
  return { good: count > 0, says: count > 0 ? 'the bucket has files' : 'the bucket is empty' }
}

const looks = { RDS: ofDatabase, DynamoDB: ofTable, S3: ofBucket }

/** Whoever is called hears of it: what AWS Backup is told stands in its console alone. */
async function tell(detail) {
  const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge')
  const event = { Source: 'edge.backup', DetailType: 'Restore Test Result', Detail: JSON.stringify(detail) }
  const { FailedEntryCount: failed } = await new EventBridgeClient({}).send(new PutEventsCommand({ Entries: [event] }))
  if (failed > 0) throw new Error('EventBridge did not take the result of the restore test')
}

exports.handler = async ({ detail }) => {
  const { BackupClient, PutRestoreValidationResultCommand } = await import('@aws-sdk/client-backup')
  const { restoreJobId, resourceType, createdResourceArn } = detail
  const look = looks[resourceType]
  // What cannot be looked into has not been seen to be good: a test that says nothing would pass for one that passed.
  const found = look
    ? await look(createdResourceArn).catch((error) => ({ good: false, says: String(error) }))
    : { good: false, says: `nothing looks into ${resourceType}` }
  const status = found.good ? 'SUCCESSFUL' : 'FAILED'
  await tell({ status, resourceType, restoreJobId, createdResourceArn, says: found.says })
  await new BackupClient({}).send(
    new PutRestoreValidationResultCommand({
      RestoreJobId: restoreJobId,
      ValidationStatus: status,
      ValidationStatusMessage: found.says,
    }),
  )
  return found
}
