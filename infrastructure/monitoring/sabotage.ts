import { z } from 'zod'
import { portsOf } from '../../src/core/reserved.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import type { Sabotage, Sabotaged, Sabotages } from '../../test/sabotage.ts'
import { ask } from './ask.ts'
import { monitoring } from './guarantees.ts'
import { monitoringReserved } from './reserved.ts'

export const rulesOf = 'engines/prometheus/rules.yml'
export const routesOf = 'engines/alertmanager/alertmanager.yml'

const exporterEnds = (name: string): Sabotage => ({
  title: `${name} is taken out of service`,
  break: (on) => on.stop(name),
})

/** The file of rules, where a hand had one alarm wait for a minute more. */
export const ringsLater = (text: string, alarm: string): string =>
  text.replace(
    new RegExp(String.raw`( {6}- alert: ${alarm}\n(?: {8}.*\n)*? {8}for: )(\d+)s`),
    (_, before: string, seconds: string) => `${before}${Number(seconds) + 60}s`,
  )

const rulesChange = (how: string, change: (text: string) => string): Sabotage => ({
  title: `rules.yml is edited ${how}, and the running Prometheus takes it over`,
  break: async (on) => {
    await on.edit(rulesOf, change)
    await on.reload('prometheus')
  },
})

const routesChange = (how: string, change: (text: string) => string): Sabotage => ({
  title: `alertmanager.yml is edited ${how}, and the running Alertmanager takes it over`,
  break: async (on) => {
    await on.edit(routesOf, change)
    await on.reload('alertmanager')
  },
})

const exporterIsDown = exporterEnds('postgres-exporter')
const noRules = rulesChange('to hold no rule', () => 'groups: []\n')
const nobodyIsTold = routesChange('to tell nobody', (text) =>
  // Of those who are called alone: Alertmanager refuses a route that leads to a receiver which is gone.
  text.replace(/( {2}- name: everybody\n)[\s\S]*?(?= {2}- name: |$)/, '$1'),
)
const oneIsNotTold = routesChange('to lead one alarm to nobody', (text) =>
  text
    .replace(
      / {2}routes:\n|(?=receivers:\n)/,
      '  routes:\n    - receiver: nobody\n      matchers: [alertname=connections]\n',
    )
    .replace('receivers:\n', 'receivers:\n  - name: nobody\n'),
)

/** As a hand on the machine asks Alertmanager: with the instance's own certificate. */
async function post(on: Sabotaged, path: string, body: unknown): Promise<void> {
  const { ca, certificate, key } = tlsFiles(on.instance.state)
  const address = `https://127.0.0.1:${portsOf(on.instance, monitoringReserved).alertmanager}${path}`
  await ask({ ca, certificate, key }, address, z.unknown(), body)
}

const silencedFor = (ms: number, comment: string) => ({
  matchers: [{ name: 'alertname', value: 'connections', isRegex: false, isEqual: true }],
  startsAt: new Date().toISOString(),
  endsAt: new Date(Date.now() + ms).toISOString(),
  createdBy: 'sabotage',
  comment,
})

/** It ends by itself: nobody puts back what an operator silenced. */
const aSilence: Sabotage = {
  title: 'somebody silences the alarm for a third of a minute',
  break: (on) => post(on, '/api/v2/silences', silencedFor(20_000, 'quiet, please')),
  mend: () => Promise.resolve(),
}

const nobodySends: Sabotage = {
  title: 'prometheus.yml is edited to send nobody what rings, and the running Prometheus takes it over',
  break: async (on) => {
    await on.edit('engines/prometheus/prometheus.yml', (text) => text.replace(/^alerting:\n( .*\n)+/m, ''))
    await on.reload('prometheus')
  },
}

/** All are judged by the same sources, the same file of rules and the same route. */
const ofEveryAlarm: readonly Sabotage[] = [exporterIsDown, noRules, nobodyIsTold, nobodySends]
export const ofEach = (alarms: readonly AlarmName[]): Sabotages =>
  Object.fromEntries(alarms.map((name) => [monitoring[name].id, ofEveryAlarm]))

type AlarmName = Exclude<keyof typeof monitoring, 'silence' | 'delivery'>

export const sabotages: Sabotages = {
  'monitoring.connections': [...ofEveryAlarm, aSilence],
  'monitoring.silence': [
    exporterIsDown,
    noRules,
    rulesChange('to ring later about a source that is away', (text) => ringsLater(text, 'silence')),
  ],
  // What is measured of the database, as its own check asks for it.
  'database.monitoring': exporterIsDown,
  'monitoring.delivery': [nobodyIsTold, aSilence, nobodySends],
}

/** Those that wait for minutes until what runs is looked at again. */
export const longSabotages: Sabotages = {
  // Another room promises that: its own check says how old the backup is, and not whether anybody is called.
  'monitoring.silence': rulesChange('to ring later about a backup that is too old', (text) =>
    ringsLater(text, 'freshness'),
  ),
  'monitoring.connections': [rulesChange('to ring later', (text) => text.replace('> 400', '> 4000')), oneIsNotTold],
  'monitoring.delivery': oneIsNotTold,
}
