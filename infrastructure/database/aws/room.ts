import { deployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { RoomOnAws } from '../../../src/targets/aws/room.ts'
import { databaseAlarms } from '../alarms.ts'
import { database } from '../guarantees.ts'
import type { DatabaseSettings } from '../settings.ts'
import { checksOnAws } from './checks.ts'
import type { DatabaseEndpointOnAws } from './doors.ts'
import { instanceNames } from './instances.ts'
import { type DeployedDatabase, deployedDatabase } from './outputs.ts'
import { poolShares } from './pool-shares.ts'
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
  measured: databaseAlarms,
  watched: ({ metric }, { instance, region }) => {
    const { primary, replica } = instanceNames(instance)
    const DBInstanceIdentifier = metric.name === 'ReplicaLag' ? replica : primary
    return { namespace: 'AWS/RDS', region, dimensions: { DBInstanceIdentifier } }
  },
  define: (app, { instance: name, stack, props }, settings, needs) => {
    new DatabaseStack(app, stack, { ...props, name, settings, ...needs })
  },
  explains: (settings) => [`the pool opens ${poolShares(settings).arithmetic}`],
  provides: deployedDatabase,
  settles,
  deletion: 'the database is gone then, but for its last snapshot and what AWS Backup holds',
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
      proofs: databaseProofs(instance, settings, needs),
      component: 'database',
      instance,
      region,
      doors,
      staleness: settings.reader.maximumLag,
    },
  }),
  checks: checksOnAws,
}

export const stacks = { database: databaseOnAws }
