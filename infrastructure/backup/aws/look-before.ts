import { BackupClient, DescribeBackupVaultCommand, type DescribeBackupVaultOutput } from '@aws-sdk/client-backup'
import { OperatorError } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'
import { statusOf } from '../../../src/targets/aws/describe-stack.ts'
import type { Frame } from '../../../src/targets/aws/room.ts'
import type { BackupSettings } from '../settings.ts'
import { requireOptedIn } from './opted-in.ts'
import { databaseRules, shortestDays, stateRules } from './retention.ts'

/** Looks before a deployment of a stack with a vault, whose name or ARN that output has. */
export async function lookBefore(
  frame: Pick<Frame, 'stack' | 'region'>,
  output: string,
  settings: BackupSettings,
  { now }: Pick<World, 'now'>,
): Promise<string | undefined> {
  const unseen = [await requireOptedIn(frame.region), await requireSameLock(frame, output, settings, now())]
  const said = unseen.filter((one) => one !== undefined)
  return said.length === 0 ? undefined : said.join('; ')
}

/** AWS changes no lock that is for good: CloudFormation would be refused in the middle, and roll the rest back. */
async function requireSameLock(
  { stack, region }: Pick<Frame, 'stack' | 'region'>,
  output: string,
  settings: BackupSettings,
  now: Date,
): Promise<string | undefined> {
  const vault = (await statusOf(stack, region))?.outputs.get(output)?.split(':').at(-1)
  if (vault === undefined) return undefined
  const client = new BackupClient({ region })
  try {
    const found = await client.send(new DescribeBackupVaultCommand({ BackupVaultName: vault }))
    const problem = lockProblem(found, settings, now)
    if (problem)
      throw new OperatorError(problem.field, `${problem.what} (${vault})`, ['nothing was deployed', problem.next])
    return undefined
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDeniedException')
      return `the lock of ${vault} is not looked at before: these credentials may not ask for it (backup:DescribeBackupVault)`
    throw error
  } finally {
    client.destroy()
  }
}

type Problem = { readonly field: string; readonly what: string; readonly next: string }

/** What is wanted of a vault that AWS would refuse; undefined where its lock may still be changed, or stays as it is. */
export function lockProblem(
  { LockDate: since, MinRetentionDays: has }: Pick<DescribeBackupVaultOutput, 'LockDate' | 'MinRetentionDays'>,
  settings: BackupSettings,
  now: Date,
): Problem | undefined {
  if (since === undefined || since > now || has === undefined) return undefined
  const forGood = `since ${since.toISOString().slice(0, 10)} nobody can change the lock of its vault, AWS neither`
  if (settings.lock !== 'compliance')
    return { field: 'backup.lock', what: `cannot be '${settings.lock}': ${forGood}`, next: "'compliance', as it was" }
  const wanted = shortestDays(settings)
  if (wanted === has) return undefined
  return {
    field: keptShortest(settings),
    what: `cannot be ${inWords(wanted)}, the shortest of all: ${forGood}, and it is of ${inWords(has)}`,
    next: `'${inWords(has)}', as it was: the shortest time of all has to stay that long`,
  }
}

const inWords = (days: number): string => `${days} ${days === 1 ? 'day' : 'days'}`

const fields: Readonly<Record<string, string>> = {
  monthly: 'backup.monthly.keep',
  weekly: 'backup.weekly.keep',
  daily: 'backup.daily.keep',
  'state-daily': 'backup.applicationState.keep',
}

/** Logs are kept for as long as daily backups at least: what is shortest has one of these fields. */
function keptShortest(settings: BackupSettings): string {
  const shortest = shortestDays(settings)
  const rules = [...databaseRules(settings), ...stateRules(settings)].filter(({ days }) => days === shortest)
  return rules.flatMap(({ name }) => fields[name] ?? []).join(', ')
}
