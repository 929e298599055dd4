import { expect, it } from 'vitest'
import { exampleTls } from '../../test/example-instance.ts'
import { prometheusConfiguration } from './render-prometheus.ts'
import { configurationDifference } from './sender.ts'
import { inWords } from './silences.ts'

const ports = { prometheus: 1, alertmanager: 2, nodeExporter: 3, postgresExporter: 4, edgeExporter: 5 }
const wanted = prometheusConfiguration('example', ports, exampleTls, '/rules.yml', '/drills', {}, [])
it('takes the defaults that Prometheus writes out for no difference', () => {
  const running = wanted.replaceAll(/^( *)scheme: https$/gm, '$1scheme: https\n$1follow_redirects: true')
  expect(running).not.toBe(wanted)
  expect(configurationDifference(wanted, running)).toBeUndefined()
})

it.each([
  ['nobody is sent what rings', wanted.replace(/^alerting:\n( .*\n)+/m, ''), 'alerting'],
  ['another one is sent it', wanted.replace('127.0.0.1:2\n', '127.0.0.1:9\n'), /^alerting\.alertmanagers/],
  ['a source is not asked', wanted.replace(/ {2}- job_name: edge\n( {4}.*\n)+/, ''), 'scrape_configs'],
  [
    'alarms are dropped before they are sent',
    wanted.replace('alerting:\n', 'alerting:\n  alert_relabel_configs:\n    - action: drop\n'),
    'alerting.alert_relabel_configs',
  ],
])('names what differs where %s', (_, edited, where) => {
  expect(edited).not.toBe(wanted)
  expect(configurationDifference(wanted, edited)).toMatch(where)
})

it('says of a silence what it holds back, until when, and who asked for it', () => {
  const matchers = [
    { name: 'alertname', value: 'conn.*', isRegex: true, isEqual: true },
    { name: 'edge', value: 'other', isRegex: false, isEqual: false },
  ]
  expect(inWords({ matchers, endsAt: '2026-03-01T10:00:12.000Z', createdBy: 'jane' })).toBe(
    'what has alertname=~"conn.*", edge!="other" is silenced until 2026-03-01 10:00 UTC by jane',
  )
})
