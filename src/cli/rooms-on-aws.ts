import { cdnAlarms } from '../../infrastructure/cdn/alarms.ts'
import { cdnOnAws, type CdnNeedsOnAws } from '../../infrastructure/cdn/aws/room.ts'
import { siteStack } from '../../infrastructure/cdn/aws/site-stack.ts'
import { alarmsAt } from '../../infrastructure/monitoring/alarms.ts'
import { databaseAlarms } from '../../infrastructure/database/alarms.ts'
import { instanceNames } from '../../infrastructure/database/aws/instances.ts'
import type { NetworkSettings } from '../../infrastructure/database/aws/network.ts'
import { databaseOnAws } from '../../infrastructure/database/aws/room.ts'
import { recoverDays } from '../../infrastructure/backup/aws/retention.ts'
import { backupCopiesOnAws, backupOnAws } from '../../infrastructure/backup/aws/room.ts'
import { monitoringOnAws } from '../../infrastructure/monitoring/aws/room.ts'
import { severityOfAlarm } from '../../infrastructure/monitoring/severity.ts'
import type { Configuration } from '../config/schema.ts'
import type { Alarm } from '../core/alarm.ts'
import { exit, OperatorError } from '../core/errors.ts'
import { stackName } from '../targets/aws/describe-stack.ts'
import { place, type Placed, placeRoom, type Proven, type Where } from '../targets/aws/place.ts'
import { visitorsOf } from './visitors.ts'

/**
 * The rooms put together for AWS, in the order in which they are deployed: the one list of what has a stack there. A
 * stack that needs another one names it in `from`, and is handed what that one provides.
 */
export function stacksOf(configuration: Configuration, account: string): readonly (Placed | Proven)[] {
  const { name: instance, aws, cdn, site, serve, monitoring } = configuration
  const { certificate, region } = aws
  const where = { instance, account, region }
  return [
    ...dataOf(configuration, where),
    placeRoom(where, cdnOnAws, cdn, {}, () => ({
      own: certificate === undefined ? undefined : { domain: serve.domain, certificate },
      api: apiOf(site),
      alarms: alarmsAt(monitoring, cdnAlarms).map((alarm) => ({ ...alarm, severity: severityOfAlarm(alarm) })),
      called: aws.notify,
      visitors: visitorsOf(configuration),
    })),
  ]
}

/** Who is called, the database, and what is backed up of it and where. */
function dataOf(configuration: Configuration, where: Where): readonly (Placed | Proven)[] {
  const { aws, database, backup, monitoring } = configuration
  const alarms = alarmsAt(monitoring, databaseAlarms)
  const calling = placeRoom(where, monitoringOnAws, monitoring, {}, () => ({
    called: aws.notify,
    watched: alarms.map((alarm) => ({ alarm, ...watchedOf(alarm, where) })),
    site: {
      stack: stackName(configuration.name, siteStack.name),
      region: siteStack.region,
      alarms: alarmsAt(monitoring, cdnAlarms),
    },
  }))
  const data = placeRoom(where, databaseOnAws, database, { topics: calling }, ({ topics }) => ({
    network: networkOf(aws.network),
    recoverDays: recoverDays(backup),
    alarms: alarms.map((alarm) => ({ ...alarm, topic: topics[severityOfAlarm(alarm)] })),
  }))
  const copies =
    aws.copies === false
      ? undefined
      : place({ ...where, region: aws.copies }, backupCopiesOnAws, backup, {}, () => ({}))
  const backups = copies
    ? placeRoom(where, backupOnAws, backup, { database: data, copies }, ({ database: its, copies: { vault } }) => ({
        database: its,
        copies: vault,
      }))
    : placeRoom(where, backupOnAws, backup, { database: data }, ({ database: its }) => ({
        database: its,
        copies: undefined,
      }))
  return [calling, data, ...(copies ? [copies] : []), backups]
}

/** What the dashboard shows of an alarm of the database, whose instances have names of their own. */
function watchedOf({ metric }: Alarm, { instance, region }: Where) {
  const { primary, replica } = instanceNames(instance)
  const DBInstanceIdentifier = metric.name === 'ReplicaLag' ? replica : primary
  return { namespace: 'AWS/RDS', region, dimensions: { DBInstanceIdentifier } }
}

const networkOf = ({ vpc, subnets, admits }: Configuration['aws']['network']): NetworkSettings => ({
  admits,
  ...(vpc === undefined ? {} : { existing: { vpc, subnets } }),
})

function apiOf({ api }: Configuration['site']): CdnNeedsOnAws['api'] {
  if (!api) return undefined
  if ('url' in api) return { url: new URL(api.url), timeout: api.timeout }
  throw new OperatorError(
    'site.api',
    'on AWS the API runs elsewhere for now: CloudFront asks it over HTTPS',
    "site: { api: { url: 'https://api.example.com' } }, or leave site.api out",
    exit.usage,
  )
}
