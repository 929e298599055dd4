import { basename, dirname } from 'node:path'
import { expect, it } from 'vitest'
import { backupAlarms } from '../backup/alarms.ts'
import { cdnAlarms } from '../cdn/alarms.ts'
import { databaseAlarms } from '../database/alarms.ts'
import { exampleInstance, exampleTls } from '../../test/example-instance.ts'
import { alarmsAt } from './alarms.ts'
import { local } from './local.ts'
import { monitoringSettings } from './settings.ts'

const ofExample = (settings: object) => {
  const parsed = monitoringSettings.parse(settings)
  const address = { host: '127.0.0.1', database: 'app', user: 'edge', password: 'agent-secret', ca: exampleTls.ca }
  return local(exampleInstance, parsed, {
    tls: exampleTls,
    alarms: alarmsAt(parsed, [...databaseAlarms, ...backupAlarms, ...cdnAlarms]),
    records: { newest: async () => undefined, keep: async () => undefined },
    inbox: async () => [],
    causes: {},
    database: { servers: { pg1: { ...address, port: 20_002 }, pg2: { ...address, port: 20_003 } }, ready: ['roles'] },
    site: {
      probes: (['site', 'api'] as const).map((what) => ({ what, url: 'https://localhost:8443/', below: 300 })),
      ready: ['nginx'],
    },
    processes: ['api1', 'api2'].map((name, index) => ({ name, url: `http://127.0.0.1:${20_010 + index}/` })),
    scraped: [
      {
        job: 'etcd',
        path: '/metrics',
        encrypted: true,
        targets: [{ server: 'etcd', port: 20_008 }],
        keeps: 'etcd_server_.*',
      },
      { job: 'api', path: '/metrics', encrypted: false, targets: [{ server: 'api1', port: 20_001 }] },
    ],
    drills: `${exampleInstance.state}/drills`,
    logs: `${exampleInstance.state}/logs`,
    reload: async () => undefined,
  })
}

const everybody = {
  heartbeat: { url: 'https://hc.example.com/ping/0b7e4d' },
  notify: {
    email: {
      server: 'smtp.example.com:587',
      from: 'edge@example.com',
      to: ['oncall@example.com'],
      user: 'edge',
      passwordFile: '/etc/edge/smtp-password',
    },
    webhooks: [{ url: 'https://hooks.example.com/edge', ca: '/etc/edge/hooks-ca.crt' }],
    slack: [{ urlFile: '/etc/edge/slack-url' }],
    pagerDuty: [{ routingKeyFile: '/etc/edge/pagerduty-key', ca: '/etc/edge/pagerduty-ca.crt' }],
  },
}
const engines = ofExample(everybody).plan.filter((part) => part.kind === 'engine')
const files = engines.flatMap(({ files: its }) => its)

it.each(files.filter(({ path }) => basename(path) !== 'web.yml').map(({ path, content }) => [basename(path), content]))(
  'renders %s',
  async (name, content) => {
    await expect(content).toMatchFileSnapshot(`golden/${name}`)
  },
)

it('lets nobody ask any of them who shows no certificate of the instance', async () => {
  const doors = files.filter(({ path }) => basename(path) === 'web.yml')
  expect(doors.map(({ path }) => basename(dirname(path))).toSorted()).toEqual(
    engines.map(({ name }) => name).toSorted(),
  )
  expect(new Set(doors.map(({ content }) => content)).size).toBe(1)
  await expect(doors[0]?.content).toMatchFileSnapshot('golden/web.yml')
})

it('has each of them listen on loopback alone, and hides the password of the database', () => {
  const words = engines.flatMap(({ command }) => command)
  expect(words.filter((word) => word.startsWith('--web.listen-address=')).length).toBe(engines.length)
  expect(words.filter((word) => /listen-address=(?!127\.0\.0\.1:\d+$|$)/.test(word))).toEqual([])
  expect(words.filter((word) => word.includes('agent-secret'))).toEqual([])
})

it('keeps figures within the configured time and size', () => {
  const { command = [] } = engines.find(({ name }) => name === 'prometheus') ?? {}
  expect(command).toContain('--storage.tsdb.retention.time=1296000s')
  expect(command).toContain('--storage.tsdb.retention.size=512MB')
})

it('has the exporter ask each process by itself, and look at the disk that somebody has named', () => {
  const { exporter } = ofExample({ disk: { device: 'sdb' } }).provides
  expect(exporter).toMatchObject({ device: 'sdb', processes: [{ name: 'api1' }, { name: 'api2' }] })
})

it('puts nothing on a machine where it is switched off, and claims nothing there', () => {
  const { plan, endpoint } = ofExample({ enabled: false })
  expect(plan).toEqual([])
  expect(endpoint).toEqual({ off: 'monitoring is switched off here (monitoring.enabled)' })
})
