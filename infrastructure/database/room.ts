import { room } from '../../src/core/room.ts'
import { json } from '../../src/core/verb.ts'
import { databaseReserved } from './reserved.ts'

export const databaseRoom = room({
  name: 'database',
  field: 'database',
  settings: async () => (await import('./settings.ts')).databaseSettings,
  refusedOnAws: async () => (await import('./refused-on-aws.ts')).refusedOnAws,
  words: {
    question: 'Database: network, parameters, primary, standby, pool',
    documentSteps: [
      { step: 'subnet group', here: 'loopback', onAws: 'subnets without a way to the internet' },
      {
        step: 'security group',
        here: 'pg_hba: TLS and a password',
        onAws: 'the pool and what aws.network.admits names may connect',
      },
      {
        step: 'parameter group',
        here: "Patroni's shared parameters",
        onAws: 'database.parameters and the memory of the class, in force after a restart where they are static',
      },
      { step: 'primary', here: 'the member that holds the lease', onAws: 'RDS with a standby in another zone' },
      {
        step: 'replica',
        here: 'members beside the standby answer readers (database.replicas)',
        onAws: 'one read replica',
      },
      {
        step: 'alarms',
        here: 'ten rules of Prometheus (edge alarms): edge deploy monitoring',
        onAws: 'CloudWatch, to the topics of monitoring: edge alarms lists them',
      },
    ],
  },
  reserved: databaseReserved,
  verbs: [
    {
      name: 'switchover',
      description:
        "Have another member of the database lead; the pool's clients wait meanwhile, and what they met is shown.",
      options: [
        { flags: '--to <member>', description: 'who is to lead, for a longer pause (default: any other)' },
        { flags: '--dry-run', description: 'show what would be done, and do nothing' },
        json,
      ],
      examples: ['edge switchover', 'edge switchover --to pg3', 'edge switchover --dry-run'],
      changes: true,
      load: async () => (await import('./switchover-verb.ts')).switchoverVerb,
    },
    {
      name: 'database',
      description:
        "Look into the database; `status`: who leads, who may take over, what the pool does; `top`: the app's statements that took the most time, on all members together; `parameters`: what is wanted, and what each server uses.",
      arguments: [{ name: '<what>', description: 'status, top or parameters' }],
      options: [json, { flags: '--count <number>', description: 'top: so many statements at most (default: 20)' }],
      examples: ['edge database status', 'edge database top --count 50 --json', 'edge database parameters'],
      load: async () => (await import('./database-verb.ts')).databaseVerb,
    },
  ],
  aws: async () => (await import('./aws/room.ts')).stacks,
  load: async () => (await import('./component.ts')).databaseComponent,
})
