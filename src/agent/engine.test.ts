import { expect, test } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { duration } from '../core/units.ts'
import { agentEngine } from './engine.ts'

const nowhere = { host: '127.0.0.1', port: 1, database: 'edge', user: 'edge', password: '', ca: '/none' }

test('runs each job as edge itself, with the configuration, and judges afterwards what it measures', () => {
  const { files } = agentEngine(exampleInstance, {
    component: 'monitoring',
    configurationFile: '/srv/mine.config.ts',
    services: '/run/services',
    keepAlive: [],
    writer: nowhere,
    watches: [],
    tells: [],
    pausable: { console: nowhere, databases: [], holder: 'nobody', heal: 'pool' },
    notes: [],
    losing: 'room.lost',
    after: [],
    jobs: [
      {
        name: 'drill it',
        schedule: { cron: '41 3 * * *', zone: 'UTC' },
        runs: ['drill', 'it'],
        catchUp: true,
        atMost: duration('5 minutes'),
        measures: ['room.it'],
      },
    ],
  })
  const edge = (...words: readonly string[]) => [
    '/usr/bin/node',
    '/srv/edge/src/start.js',
    ...words,
    '--config',
    '/srv/mine.config.ts',
  ]
  const { jobs, counted } = JSON.parse(files[0]?.content ?? '{}')
  expect(counted.onLoss).toEqual(edge('verify', 'room.lost', '--json'))
  expect(jobs).toEqual([
    {
      name: 'drill it',
      schedule: '41 3 * * *',
      zone: 'UTC',
      command: edge('drill', 'it'),
      catchUp: true,
      atMostMs: 300_000,
      measures: { guarantees: ['room.it'], judge: edge('verify', 'room.it', '--json') },
    },
  ])
})
