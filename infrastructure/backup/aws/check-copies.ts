import {
  BackupClient,
  DescribeBackupVaultCommand,
  paginateListRecoveryPointsByBackupVault,
} from '@aws-sdk/client-backup'
import { broken, type Check, type Facts, kept, measured, notClaimed } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import { type BackupEndpointOnAws, sourcesOf } from './endpoint.ts'
import { nameIn } from './restored.ts'

const asConfigured = declaredBy('otherRegion')

/**
 * A day from one backup to the next, the hours in which it may begin and end, and those in which a large one is on its way to
 * the other region.
 */
const copiedWithinMs = 48 * 3_600_000
const look = 'aws backup list-copy-jobs --by-state FAILED; docs/runbooks/backup-failed.md says what to do'

/** Each rule copies, and a copy of all that is backed up has come there lately: a rule that is declared copies nothing yet. */
export const otherRegion: Check<BackupEndpointOnAws> = async (endpoint, world) => {
  const { copies } = endpoint
  if (copies === undefined) return notClaimed('aws.copies is off: each backup lies in one region alone')
  const declared = await asConfigured(endpoint, world)
  if (declared.is !== 'kept') return declared
  const since = new Date(world.now().getTime() - copiedWithinMs)
  const newest = await newestCopies(endpoint, copies, since)
  const region = regionOf(copies)
  const facts: Facts = Object.fromEntries(
    [...newest].map(([source, at]) => [`copied to ${region}: ${source}`, at?.toISOString() ?? 'not within 48 hours']),
  )
  const missing = [...newest].flatMap(([source, at]) => (at === undefined ? [source] : []))
  if (missing.length === 0) return kept({ ...declared.evidence, facts: { ...declared.evidence.facts, ...facts } })
  if (await isYoung(endpoint, copies, since))
    return notClaimed(
      `of ${missing.join(', ')} no copy is in ${region} yet: the first backups are copied when they are made`,
    )
  return broken(measured(facts), `of ${missing.join(', ')} no copy of the last 48 hours is in ${region}`, look)
}

const regionOf = (arn: string): string => arn.split(':')[3] ?? ''

/** When the newest copy of each came there that is whole; undefined where none has since. */
async function newestCopies(
  endpoint: BackupEndpointOnAws,
  vault: string,
  since: Date,
): Promise<ReadonlyMap<string, Date | undefined>> {
  const found = new Map<string, Date | undefined>(sourcesOf(endpoint).map((source) => [source, undefined]))
  const client = new BackupClient({ ...endpoint.deployed.client, region: regionOf(vault) })
  const asked = { BackupVaultName: nameIn(vault), ByCreatedAfter: since }
  for await (const { RecoveryPoints: points = [] } of paginateListRecoveryPointsByBackupVault({ client }, asked))
    for (const { ResourceArn: arn = '', Status: status, CreationDate: at } of points) {
      const source = nameIn(arn)
      if (status !== 'COMPLETED' || !at || at < since || !found.has(source)) continue
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
