import { room } from '../../src/core/room.ts'
import { json } from '../../src/core/verb.ts'
import { monitoringReserved } from './reserved.ts'

export const monitoringRoom = room({
  name: 'monitoring',
  field: 'monitoring',
  settings: async () => (await import('./settings.ts')).monitoringSettings,
  words: { question: 'Monitoring: Prometheus, alarms, the agent' },
  reserved: monitoringReserved,
  verbs: [
    {
      name: 'alarms',
      description: 'List when somebody is called, and what Prometheus and CloudWatch are told of it.',
      options: [json],
      examples: ['edge alarms', 'edge alarms --json'],
      reads: async () => (await import('./verb-alarms.ts')).alarms,
    },
    {
      name: 'notify',
      description: 'Send a message to everybody who is told of alarms, and show who has it, or why not.',
      arguments: [{ name: '[test]', description: 'test: a message that says that nothing is wrong' }],
      options: [json],
      examples: ['edge notify test'],
      before: async () => (await import('./verb-notify.ts')).asked,
      load: async () => (await import('./verb-notify.ts')).notify,
    },
  ],
  aws: async () => (await import('./aws/room.ts')).stacks,
  load: async () => (await import('./component.ts')).monitoringComponent,
})
