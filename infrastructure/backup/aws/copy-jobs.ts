import { BackupClient, type CopyJob, paginateListCopyJobs } from '@aws-sdk/client-backup'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'
import { nameIn } from './restored.ts'

/** What AWS Backup says of the copies of one database, bucket or table. */
export type Copying = {
  /** When that began which is on its way; undefined where the newest copy has come to an end, whatever came of it. */
  readonly since: Date | undefined
  /** One has come to an end before, well or not, as far back as AWS Backup lists its jobs (30 days). */
  readonly hasEnded: boolean
}

/** Of each that was to be copied to a vault. Where a vault copies from, its jobs are listed. */
export async function copyingTo(client: ClientSettings, vault: string): Promise<ReadonlyMap<string, Copying>> {
  const all: CopyJob[] = []
  const asked = { ByDestinationVaultArn: vault }
  for await (const { CopyJobs: jobs = [] } of paginateListCopyJobs({ client: new BackupClient(client) }, asked))
    all.push(...jobs)
  const bySource = Map.groupBy(all, ({ ResourceArn: arn = '' }) => nameIn(arn))
  return new Map([...bySource].map(([source, jobs]) => [source, copyingOf(jobs)]))
}

/** While one is under way, those of the next days wait or run beside it: what counts is when the first of them began. */
function copyingOf(jobs: readonly CopyJob[]): Copying {
  const newestFirst = jobs.toSorted((one, other) => begunAt(other) - begunAt(one))
  // An older one that hangs excuses nothing where a newer one has failed.
  const ended = newestFirst.findIndex(({ State: state = '' }) => !underWay.has(state))
  const since = newestFirst.slice(0, ended === -1 ? undefined : ended).at(-1)?.CreationDate
  return { since, hasEnded: ended !== -1 }
}

const underWay = new Set<string>(['CREATED', 'RUNNING'])
const begunAt = ({ CreationDate: at }: CopyJob): number => at?.getTime() ?? 0
