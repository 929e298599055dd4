import { room } from '../../src/core/room.ts'
import { monitoringReserved } from './reserved.ts'

export const monitoringRoom = room({
  name: 'monitoring',
  field: 'monitoring',
  settings: async () => (await import('./settings.ts')).monitoringSettings,
  words: { question: 'Monitoring: Prometheus, alarms, the agent' },
  reserved: monitoringReserved,
  load: async () => (await import('./component.ts')).monitoringComponent,
})
