import { room } from '../../src/core/room.ts'
import { json } from '../../src/core/verb.ts'
import { databaseReserved } from './reserved.ts'

export const databaseRoom = room({
  name: 'database',
  field: 'database',
  settings: async () => (await import('./settings.ts')).databaseSettings,
  words: {
    question: 'Database: network, parameters, primary, standby, pool',
    documentSteps: [
      { step: 'subnet group', here: 'loopback' },
      { step: 'security group', here: 'pg_hba: TLS and a password' },
      { step: 'parameter group', here: "Patroni's shared parameters" },
      { step: 'primary', here: 'the member that holds the lease' },
      { step: 'replica', here: 'members beside the standby answer readers (database.replicas)' },
      { step: 'alarms', here: 'ten rules of Prometheus (edge alarms): edge deploy monitoring' },
    ],
  },
  reserved: databaseReserved,
  verbs: [
    {
      name: 'database',
      description:
        "Look into the database; `top`: the app's statements that took the most time, on all members together.",
      arguments: [{ name: '<what>', description: 'top' }],
      options: [json, { flags: '--count <number>', description: 'so many statements at most (default: 20)' }],
      examples: ['edge database top', 'edge database top --count 50 --json'],
      load: async () => (await import('./top.ts')).top,
    },
  ],
  aws: async () => (await import('./aws/room.ts')).stacks,
  load: async () => (await import('./component.ts')).databaseComponent,
})
