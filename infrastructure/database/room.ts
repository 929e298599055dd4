import { room } from '../../src/core/room.ts'
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
      { step: 'alarms', here: 'not built yet' },
    ],
  },
  reserved: databaseReserved,
  load: async () => (await import('./component.ts')).databaseComponent,
})
