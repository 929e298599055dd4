import { BackupClient, DescribeBackupVaultCommand } from '@aws-sdk/client-backup'
import { broken, type Check, type Facts, measured, notClaimed, type Verdict } from '../../../src/core/check.ts'
import type { World } from '../../../src/core/world.ts'
import { minuteOf } from '../../../src/core/units.ts'
import { type BackupEndpointOnAws, sourcesOf } from './endpoint.ts'
import { countedAge, type Ended, newestOf, weekMs } from './ended-tests.ts'
import { planNames } from './plan-names.ts'

export const look = 'aws backup list-restore-jobs; docs/runbooks/backup-failed.md says what to do'

/** The newest one of each kind of data within two weeks, by what it is of. */
export const newestTests = (
  endpoint: BackupEndpointOnAws,
  world: World,
): Promise<ReadonlyMap<string, Ended | undefined>> =>
  newestOf(new BackupClient(endpoint.deployed.client), {
    sources: sourcesOf(endpoint),
    plans: Object.values(planNames(endpoint.instance)),
    since: new Date(world.now().getTime() - 2 * weekMs),
  })

/** A check of restore tests that all ended well, and none of which is overdue. */
export const ofGoodTests =
  (judge: (tests: readonly Ended[], endpoint: BackupEndpointOnAws, world: World) => Promise<Verdict> | Verdict) =>
  async (...[endpoint, world]: Parameters<Check<BackupEndpointOnAws>>): Promise<Verdict> => {
    const all = await newestTests(endpoint, world)
    const tests = [...all.values()].filter((one) => one !== undefined)
    const missing = [...all].find(([, test]) => test === undefined)
    // Of several kinds of data the first tests end one after the other.
    if (missing && (await isYoung(endpoint, world)))
      return notClaimed(`${missing[0]} was not restored for a test yet: the first one is on Saturday, 06:00 UTC`)
    if (missing)
      return broken(measured(factsOf(tests)), `${missing[0]} was not restored for a test for two weeks`, look)
    const bad = tests.find(({ isGood }) => !isGood)
    if (bad) return broken(measured(factsOf(tests)), `the restore of ${bad.source} is not good: ${bad.says}`, look)
    const oldest = tests.toSorted((one, other) => one.begun.getTime() - other.begun.getTime())[0]
    if (oldest && countedAge(oldest.begun, world.now()) > weekMs) {
      const because = `the restore test of ${oldest.source} is overdue: the newest one is of ${oldest.begun.toISOString()}`
      return broken(measured(factsOf(tests)), because, look)
    }
    return judge(tests, endpoint, world)
  }

/** What each came to, in its own words, by what it is of. */
export const factsOf = (tests: readonly Ended[]): Facts =>
  Object.fromEntries(tests.map(({ source, begun, says }) => [source, `${says} (${minuteOf(begun.toISOString())})`]))

/** The stack is there for less than the time between two tests. */
async function isYoung({ deployed: { client, id } }: BackupEndpointOnAws, world: World): Promise<boolean> {
  const asked = new DescribeBackupVaultCommand({ BackupVaultName: id('Vault') })
  const { CreationDate: since = new Date(0) } = await new BackupClient(client).send(asked)
  return countedAge(since, world.now()) <= weekMs
}
