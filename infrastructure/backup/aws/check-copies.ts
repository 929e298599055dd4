import {
  BackupClient,
  DescribeBackupVaultCommand,
  paginateListRecoveryPointsByBackupVault,
} from '@aws-sdk/client-backup'
import { broken, type Check, type Facts, kept, measured, notClaimed, type Verdict } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import { type Copying, copyingTo } from './copy-jobs.ts'
import { type BackupEndpointOnAws, sourcesOf } from './endpoint.ts'
import { nameIn } from './restored.ts'

const asConfigured = declaredBy('otherRegion')

/**
 * A day from one backup to the next, the hours in which it may begin and end, and those in which a large one is on its way to
 * the other region.
 */
const copiedWithinMs = 48 * 3_600_000
/** The first copy is of all that there is, and may take longer. One that goes on for longer than this hangs. */
const firstWithinMs = 7 * 24 * 3_600_000
const look =
  'aws backup list-copy-jobs shows those that failed, and those under way; docs/runbooks/backup-failed.md says what to do'

/** Each rule copies, and a copy of all that is backed up has come there lately: a rule that is declared copies nothing yet. */
export const otherRegion: Check<BackupEndpointOnAws> = async (endpoint, world) => {
  const { copies } = endpoint
  if (copies === undefined) return notClaimed('aws.copies is off: each backup lies in one region alone')
  const declared = await asConfigured(endpoint, world)
  if (declared.is !== 'kept') return declared
  const now = world.now().getTime()
  const since = new Date(now - copiedWithinMs)
  const newest = await newestCopies(endpoint, copies)
  const region = regionOf(copies)
  const facts: Facts = Object.fromEntries(
    [...newest].map(([source, at]) => [`copied to ${region}: ${source}`, at?.toISOString() ?? 'never']),
  )
  const missing = [...newest].filter(([, at]) => at === undefined || at < since)
  if (missing.length === 0) return kept({ ...declared.evidence, facts: { ...declared.evidence.facts, ...facts } })
  if (await isYoung(endpoint, copies, since))
    return notClaimed(
      `of ${namesOf(missing)} no copy is in ${region} yet: the first backups are copied when they are made`,
    )
  return judgeMissing(missing, await copyingTo(endpoint.deployed.client, copies), { region, facts, now })
}

type Newest = readonly [source: string, at: Date | undefined]
const namesOf = (missing: readonly Newest[]): string => missing.map(([source]) => source).join(', ')

/**
 * The very first copy, while it is under way, proves nothing and breaks nothing; whatever else is missing does. Of one that
 * has failed before, the next would be under way for ever, a few days each.
 */
function judgeMissing(
  missing: readonly Newest[],
  copying: ReadonlyMap<string, Copying>,
  { region, facts, now }: { readonly region: string; readonly facts: Facts; readonly now: number },
): Verdict {
  const isFirst = ([source, at]: Newest): boolean => {
    const { since, hasEnded } = copying.get(source) ?? nothing
    return at === undefined && !hasEnded && since !== undefined && now - since.getTime() <= firstWithinMs
  }
  const inWords = ([source, at]: Newest): string => {
    const { since } = copying.get(source) ?? nothing
    return [
      source,
      ...(at ? [`the newest one is of ${at.toISOString()}`] : []),
      ...(since ? [`still copying since ${since.toISOString()}`] : []),
    ].join(', ')
  }
  if (missing.every(isFirst))
    return notClaimed(`the first copy to ${region} is not there yet: ${missing.map(inWords).join('; ')}`)
  const because = `of ${namesOf(missing)} no copy of the last 48 hours is in ${region}`
  const more = missing.map(inWords).filter((words, index) => words !== missing[index]?.[0])
  return broken(measured(facts), more.length === 0 ? because : `${because} (${more.join('; ')})`, look)
}
const nothing: Copying = { since: undefined, hasEnded: false }

const regionOf = (arn: string): string => arn.split(':')[3] ?? ''

/** When the newest copy of each came there that is whole; undefined where none is there. */
async function newestCopies(
  endpoint: BackupEndpointOnAws,
  vault: string,
): Promise<ReadonlyMap<string, Date | undefined>> {
  const found = new Map<string, Date | undefined>(sourcesOf(endpoint).map((source) => [source, undefined]))
  const client = new BackupClient({ ...endpoint.deployed.client, region: regionOf(vault) })
  const asked = { BackupVaultName: nameIn(vault) }
  for await (const { RecoveryPoints: points = [] } of paginateListRecoveryPointsByBackupVault({ client }, asked))
    for (const { ResourceArn: arn = '', Status: status, CreationDate: at } of points) {
      const source = nameIn(arn)
      if (status !== 'COMPLETED' || !at || !found.has(source)) continue
      const newest = found.get(source)
      if (!newest || newest < at) found.set(source, at)
    }
  return found
}

/** One of both vaults is there for less than the time within which everything is copied once. */
async function isYoung(
  { deployed: { client, id } }: BackupEndpointOnAws,
  copies: string,
  since: Date,
): Promise<boolean> {
  const vaults = [
    { name: id('Vault'), region: client.region },
    { name: nameIn(copies), region: regionOf(copies) },
  ]
  const made = await Promise.all(
    vaults.map(async ({ name, region }) => {
      const asked = new DescribeBackupVaultCommand({ BackupVaultName: name })
      return (await new BackupClient({ ...client, region }).send(asked)).CreationDate
    }),
  )
  return made.some((at) => at !== undefined && at > since)
}
