// Runs on AWS when a backup was made: CloudWatch has no figure of how long one took, or of how large it is beside those before
// it. And every few minutes, whatever was made: of a backup that never ran nobody sends an event. The stack carries this text as it is, into a runtime that has the SDK: one file, of the older kind of modules, without a build.
// What an event looks like: https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html

const looksBackAt = 7

/** Sizes of the backups of the same resource that came before, the oldest first; AWS Backup lists those of 30 days. */
async function sizesBefore({ backupJobId, backupVaultName, resourceArn }) {
  const { BackupClient, paginateListBackupJobs } = await import('@aws-sdk/client-backup')
  const asked = { ByBackupVaultName: backupVaultName, ByResourceArn: resourceArn, ByState: 'COMPLETED' }
  const jobs = []
  for await (const { BackupJobs: some = [] } of paginateListBackupJobs({ client: new BackupClient({}) }, asked))
    jobs.push(...some)
  return jobs
    .filter((job) => job.BackupJobId !== backupJobId && job.BackupSizeInBytes > 0)
    .toSorted((one, other) => one.CompletionDate - other.CompletionDate)
    .map((job) => job.BackupSizeInBytes)
}

/** A size as times the median of the last seven before it; 1 where there was none. */
function timesTheUsual(bytes, before) {
  const sorted = before.slice(-looksBackAt).toSorted((one, other) => one - other)
  const usual = sorted[Math.floor(sorted.length / 2)]
  return usual === undefined ? 1 : bytes / usual
}

/**
 * How old the newest good backup is, of whichever resource has the oldest, in seconds. Before the first one it counts from
 * when the vault was made; one with a message is not whole.
 */
async function age() {
  const { BackupClient, DescribeBackupVaultCommand, paginateListBackupJobs } = await import('@aws-sdk/client-backup')
  const client = new BackupClient({})
  const ByBackupVaultName = process.env.VAULT
  const { CreationDate: since } = await client.send(
    new DescribeBackupVaultCommand({ BackupVaultName: ByBackupVaultName }),
  )
  const newest = new Map(process.env.RESOURCES.split(' ').map((arn) => [arn, since]))
  for await (const { BackupJobs: jobs = [] } of paginateListBackupJobs(
    { client },
    { ByBackupVaultName, ByState: 'COMPLETED' },
  ))
    for (const { ResourceArn: arn, CompletionDate: at, StatusMessage: message } of jobs)
      if (!message && at > newest.get(arn)) newest.set(arn, at)
  return (Date.now() - Math.min(...newest.values())) / 1000
}

/** Of a backup that was made, by its event. */
async function ofBackup(detail) {
  const took = (Date.parse(detail.completionDate) - Date.parse(detail.creationDate)) / 1000
  const figures = [{ MetricName: 'BackupDuration', Unit: 'Seconds', Value: took }]
  // Of RDS it says 0, which is no size.
  const bytes = Number(detail.backupSizeInBytes ?? 0)
  if (bytes > 0) {
    const Value = timesTheUsual(bytes, await sizesBefore(detail))
    figures.push({ MetricName: 'BackupSizeToMedian', Unit: 'None', Value })
  }
  return figures
}

exports.handler = async ({ detail }) => {
  const { CloudWatchClient, PutMetricDataCommand } = await import('@aws-sdk/client-cloudwatch')
  const Dimensions = [{ Name: 'Instance', Value: process.env.INSTANCE }]
  const isOfBackup = detail?.backupJobId !== undefined
  const figures = isOfBackup
    ? await ofBackup(detail)
    : [{ MetricName: 'BackupAge', Unit: 'Seconds', Value: await age() }]
  const MetricData = figures.map((figure) => ({ ...figure, Dimensions }))
  await new CloudWatchClient({}).send(new PutMetricDataCommand({ Namespace: process.env.NAMESPACE, MetricData }))
}
