import { gibibytes } from '../../../src/core/units.ts'
import { amissIn } from '../../../src/targets/aws/declared.ts'
import { deployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { RoomOnAws } from '../../../src/targets/aws/room.ts'
import { databaseAlarmsOnAws } from '../alarms.ts'
import { database } from '../guarantees.ts'
import type { DatabaseSettings } from '../settings.ts'
import { checksOnAws } from './checks.ts'
import { classOperations } from './class-operations.ts'
import type { DatabaseEndpointOnAws } from './doors.ts'
import { instanceNames } from './instances.ts'
import { databaseFunctions } from './own-functions.ts'
import { type DeployedDatabase, deployedDatabase } from './outputs.ts'
import { rdsParameters, staticNames } from './parameters.ts'
import { poolShares } from './pool-shares.ts'
import { afterPromotion, takenOver } from './promoted.ts'
import { type DatabaseNeedsOnAws, databaseProofs } from './proofs.ts'
import { settles } from './settles.ts'
import { DatabaseStack } from './stack.ts'

/** The database on AWS: one stack, PostgreSQL on RDS behind a pool. */
const databaseOnAws: RoomOnAws<
  typeof database,
  DatabaseSettings,
  DatabaseNeedsOnAws,
  DeployedDatabase,
  DatabaseEndpointOnAws
> = {
  component: 'database',
  name: 'database',
  title: 'The database',
  region: 'configured',
  measured: databaseAlarmsOnAws,
  functions: databaseFunctions,
  watched: ({ metric }, { instance, region }) => {
    const { primary, replica } = instanceNames(instance)
    const DBInstanceIdentifier = metric.name === 'ReplicaLag' ? replica : primary
    return { namespace: 'AWS/RDS', region, dimensions: { DBInstanceIdentifier } }
  },
  define: (app, { instance: name, stack, props }, settings, needs) => {
    new DatabaseStack(app, stack, { ...props, name, settings, ...needs })
  },
  explains: (settings) => [
    `the pool opens ${poolShares(settings).arithmetic}`,
    `in force after a restart of the instances, where they change: ${staticNames(rdsParameters(settings)).join(', ')}`,
    ...(classOperations.has(settings.rds.class)
      ? []
      : [
          `alarms about operations begin at a share of monitoring.disk.iops: how many ${settings.rds.class} is good for is not known here`,
        ]),
  ],
  storage: ({ rds }) => ({ field: 'database.rds.storage', gibibytes: gibibytes(rds.storage) }),
  lookBefore: async (frame, { network }, _, settings) =>
    (await import('./look-before.ts')).lookBefore(frame, network, settings),
  takenOver,
  provides: deployedDatabase,
  settles,
  deletion:
    'the database is gone then, but for its last snapshot and what AWS Backup holds; the network interfaces of its functions may take up to 45 minutes to go',
  left: ({ instance, region }) => {
    const of = `--db-instance-identifier ${instanceNames(instance).primary}`
    const last = `The last snapshot: aws rds describe-db-snapshots ${of} --snapshot-type manual --region ${region}`
    return `${last}; what brings back any second of its last days: aws rds describe-db-instance-automated-backups ${of} --region ${region}`
  },
  tells: ({ pool, session, reader, secret }) => ({
    json: { pool, session, reader, secret },
    rows: [
      ['pool', pool],
      ['session', session],
      ['reader', reader],
      ['password', `Secrets Manager has it: ${secret}`],
    ],
  }),
  guarantees: database,
  endpoint: async (doors, { instance, stack, region }, settings, needs) => ({
    endpoint: {
      deployed: await deployedStack(stack, { region }),
      proofs: databaseProofs({ name: instance, region }, settings, needs),
      component: 'database',
      instead: await afterPromotion(instance, region),
      instance,
      region,
      doors,
      staleness: settings.reader.maximumLag,
      parameters: rdsParameters(settings),
    },
  }),
  checks: checksOnAws,
  // Of the servers alone: to read the secret, as another proof does, takes a right that nobody needs for this.
  amiss: (endpoint, world) =>
    amissIn({ ...endpoint, proofs: endpoint.proofs.filter(({ type }) => type === 'AWS::RDS::DBInstance') }, world),
}

export const stacks = { database: databaseOnAws }
