import { type BackupClient, paginateListRestoreJobs, type RestoreJobsListMember } from '@aws-sdk/client-backup'
import { nameIn } from './restored.ts'

/** As it is promised, which a test holds: with the promises and their units a function of AWS would be twice as large. */
export const weekMs = 7 * 24 * 3_600_000
/** From the hour of a test to its end: it begins within one, and is restored and read in the others. */
const endsWithinMs = 8 * 3_600_000

/** How old the newest test counts as: of the time in which the one of this week is under way nobody is called. */
export function countedAge(begun: Date, now: Date): number {
  const age = now.getTime() - begun.getTime()
  return age > weekMs && age < weekMs + endsWithinMs ? weekMs : age
}

/** A restore test that has come to an end, of one kind of data. */
export type Ended = {
  readonly source: string
  readonly kind: string
  readonly begun: Date
  readonly isGood: boolean
  readonly says: string
}

/**
 * The newest one of each source that has ended, whatever came of it, and that one of these plans asked for; undefined where
 * there was none since.
 */
export async function newestOf(
  client: BackupClient,
  { sources, plans, since }: { sources: readonly string[]; plans: readonly string[]; since: Date },
): Promise<ReadonlyMap<string, Ended | undefined>> {
  const found = new Map<string, Ended | undefined>(sources.map((source) => [source, undefined]))
  for await (const { RestoreJobs: jobs = [] } of paginateListRestoreJobs({ client }, { ByCreatedAfter: since }))
    for (const job of jobs) {
      const plan = job.CreatedBy?.RestoreTestingPlanArn ?? ''
      const ended = endedOf(job)
      // Behind its name the ARN of a plan has an id.
      if (!ended || !found.has(ended.source) || !plans.some((name) => plan.includes(`:${name}-`))) continue
      const newest = found.get(ended.source)
      if (!newest || newest.begun < ended.begun) found.set(ended.source, ended)
    }
  return found
}

/** Undefined of one that is under way; a restore that failed is a test that did. */
function endedOf(job: RestoreJobsListMember): Ended | undefined {
  const { Status: status = '', ValidationStatus: validated = '' } = job
  const isLost = status === 'FAILED' || status === 'ABORTED'
  if (!isLost && !['SUCCESSFUL', 'FAILED', 'TIMED_OUT'].includes(validated)) return undefined
  return {
    source: nameIn(job.SourceResourceArn ?? ''),
    kind: job.ResourceType ?? '',
    begun: job.CreationDate ?? new Date(0),
    isGood: !isLost && validated === 'SUCCESSFUL',
    says: (isLost ? job.StatusMessage : job.ValidationStatusMessage) ?? `${status} ${validated}`.trim(),
  }
}
