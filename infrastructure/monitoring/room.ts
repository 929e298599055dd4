import { room } from '../../src/core/room.ts'

export const monitoringRoom = room({
  name: 'monitoring',
  field: 'monitoring',
  settings: async () => (await import('./settings.ts')).monitoringSettings,
  words: { question: 'Monitoring: the agent' },
  load: async () => (await import('./component.ts')).monitoringComponent,
})
