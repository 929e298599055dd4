// Runs on AWS when a backup was made: CloudWatch has no figure of how long one took, or of how large it is beside those before
// it. And every few minutes, whatever was made: of a backup or a restore test that never ran nobody sends an event. The stack
// carries what src/targets/aws/bundle.ts makes of this file, into a runtime that has the SDK.
// What an event looks like: https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
import { BackupClient, DescribeBackupVaultCommand, paginateListBackupJobs } from '@aws-sdk/client-backup'
import { CloudWatchClient, type MetricDatum, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { countedAge, newestOf, weekMs } from '../ended-tests.ts'
import { planNames } from '../plan-names.ts'
import { nameIn } from '../restored.ts'

type Made = {
  readonly backupJobId?: string
  readonly backupVaultName?: string
  readonly resourceArn?: string
  readonly creationDate?: string
  readonly completionDate?: string
  readonly backupSizeInBytes?: string
}

const env = (name: string): string => process.env[name] ?? ''
const looksBackAt = 7

/** Sizes of the backups of the same resource that came before, the oldest first; AWS Backup lists those of 30 days. */
async function sizesBefore({ backupJobId, backupVaultName, resourceArn }: Made): Promise<readonly number[]> {
  const asked = { ByBackupVaultName: backupVaultName, ByResourceArn: resourceArn, ByState: 'COMPLETED' } as const
  const before: (readonly [at: number, bytes: number])[] = []
  for await (const { BackupJobs: some = [] } of paginateListBackupJobs({ client: new BackupClient({}) }, asked))
    for (const { BackupJobId: id, BackupSizeInBytes: bytes = 0, CompletionDate: at } of some)
      if (id !== backupJobId && bytes > 0) before.push([Number(at), bytes])
  return before.toSorted(([one], [other]) => one - other).map(([, bytes]) => bytes)
}

/** A size as times the median of the last seven before it; 1 where there was none. */
function timesTheUsual(bytes: number, before: readonly number[]): number {
  const sorted = before.slice(-looksBackAt).toSorted((one, other) => one - other)
  const usual = sorted[Math.floor(sorted.length / 2)]
  return usual === undefined ? 1 : bytes / usual
}

/** Of whichever is the oldest. */
const oldestOf = (all: Iterable<Date>): Date => new Date(Math.min(...[...all].map(Number)))

/**
 * How old the newest good backup is, of whichever resource has the oldest. Before the first one it counts from when the vault
 * was made; one with a message is not whole.
 */
async function backupAge(client: BackupClient, since: Date): Promise<number> {
  const newest = new Map(
    env('RESOURCES')
      .split(' ')
      .map((arn) => [arn, since]),
  )
  const asked = { ByBackupVaultName: env('VAULT'), ByState: 'COMPLETED' } as const
  for await (const { BackupJobs: jobs = [] } of paginateListBackupJobs({ client }, asked))
    for (const { ResourceArn: arn = '', CompletionDate: at, StatusMessage: message } of jobs) {
      const known = newest.get(arn)
      if (!message && known && at && at > known) newest.set(arn, at)
    }
  return (Date.now() - oldestOf(newest.values()).getTime()) / 1000
}

/** The same of the newest restore test, as long as what it found is good. */
async function verificationAge(client: BackupClient, since: Date): Promise<number> {
  const tests = await newestOf(client, {
    sources: env('RESOURCES').split(' ').map(nameIn),
    plans: Object.values(planNames(env('INSTANCE'))),
    since: new Date(Date.now() - 2 * weekMs),
  })
  const oldest = oldestOf([...tests.values()].map((test) => (test?.isGood ? test.begun : since)))
  return countedAge(oldest, new Date()) / 1000
}

async function byTheClock(): Promise<MetricDatum[]> {
  const client = new BackupClient({})
  const asked = new DescribeBackupVaultCommand({ BackupVaultName: env('VAULT') })
  const { CreationDate: since = new Date(0) } = await client.send(asked)
  return [
    { MetricName: 'BackupAge', Unit: 'Seconds', Value: await backupAge(client, since) },
    { MetricName: 'VerificationAge', Unit: 'Seconds', Value: await verificationAge(client, since) },
  ]
}

/** Of a backup that was made, by its event. */
async function ofBackup(detail: Made): Promise<MetricDatum[]> {
  const took = (Date.parse(detail.completionDate ?? '') - Date.parse(detail.creationDate ?? '')) / 1000
  const figures: MetricDatum[] = [{ MetricName: 'BackupDuration', Unit: 'Seconds', Value: took }]
  // Of RDS it says 0, which is no size.
  const bytes = Number(detail.backupSizeInBytes ?? 0)
  if (bytes > 0) {
    const Value = timesTheUsual(bytes, await sizesBefore(detail))
    figures.push({ MetricName: 'BackupSizeToMedian', Unit: 'None', Value })
  }
  return figures
}

/** Puts what there is, and ends with an error where there is not all: the alarm about it rings, and its log says why. */
export async function handler({ detail }: { readonly detail?: Made }): Promise<void> {
  const Dimensions = [{ Name: 'Instance', Value: env('INSTANCE') }]
  const figures = detail?.backupJobId === undefined ? await byTheClock() : await ofBackup(detail)
  // CloudWatch takes no figure at all where one is no number.
  const MetricData = figures.filter(isNumber).map((figure) => ({ ...figure, Dimensions }))
  if (MetricData.length > 0)
    await new CloudWatchClient({}).send(new PutMetricDataCommand({ Namespace: env('NAMESPACE'), MetricData }))
  const lost = figures.filter((figure) => !isNumber(figure)).map(({ MetricName: name }) => name)
  if (lost.length > 0) throw new Error(`no ${lost.join(', ')}: AWS Backup said ${JSON.stringify(detail)}`)
}

const isNumber = ({ Value: value }: MetricDatum): boolean => Number.isFinite(value)
