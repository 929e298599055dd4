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
    {
      name: 'silence',
      description:
        'Hold the messages of an alarm back for a time: it ends by itself, and edge status shows it. Without an alarm, list.',
      arguments: [
        { name: '[alarm]', description: 'whose messages: a name that edge alarms lists' },
        { name: '[time]', description: 'for how long, at most 7 days: 2h, 30min' },
      ],
      options: [
        { flags: '--why <reason>', description: 'what is going on: whoever is on call next reads it' },
        { flags: '--list', description: 'list what is silenced, and end nothing' },
        { flags: '--end <id>', description: 'end a silence now' },
        json,
      ],
      examples: [
        "edge silence replica-lag 2h --why 'the replica is rebuilt'",
        'edge silence --list',
        'edge silence --end 7d1e3b3c-6f4b-4c43-a0f4-3a1c6e1f0c55',
      ],
      load: async () => (await import('./silence.ts')).silence,
    },
    {
      name: 'monitoring',
      description:
        'Write what your own Grafana or Prometheus reads: a dashboard of all alarms, or the job that takes over every figure.',
      arguments: [{ name: '<what>', description: 'export' }],
      options: [
        { flags: '--grafana', description: 'a dashboard that Grafana imports' },
        { flags: '--federation', description: 'the job (scrape_configs) of another Prometheus on this machine' },
      ],
      examples: ['edge monitoring export --grafana > edge.json', 'edge monitoring export --federation'],
      load: async () => (await import('./export.ts')).exportFor,
    },
  ],
  aws: async () => (await import('./aws/room.ts')).stacks,
  load: async () => (await import('./component.ts')).monitoringComponent,
})
