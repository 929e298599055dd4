import { z } from 'zod'
import { portsOf } from '../../src/core/reserved.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import type { Sabotage, Sabotaged, Sabotages } from '../../test/sabotage.ts'
import { ask } from './ask.ts'
import { monitoringReserved } from './reserved.ts'

const rules = 'engines/prometheus/rules.yml'
const routes = 'engines/alertmanager/alertmanager.yml'

const exporterEnds = (name: string): Sabotage => ({
  title: `${name} is taken out of service`,
  break: (on) => on.stop(name),
})

const rulesChange = (how: string, change: (text: string) => string): Sabotage => ({
  title: `rules.yml is edited ${how}, and the running Prometheus takes it over`,
  break: async (on) => {
    await on.edit(rules, change)
    await on.reload('prometheus')
  },
})

const routesChange = (how: string, change: (text: string) => string): Sabotage => ({
  title: `alertmanager.yml is edited ${how}, and the running Alertmanager takes it over`,
  break: async (on) => {
    await on.edit(routes, change)
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

/** The connections stand for every alarm that has been drilled: all are judged by the same rules and the same route. */
export const sabotages: Sabotages = {
  'monitoring.connections': [exporterIsDown, noRules, nobodyIsTold, aSilence, nobodySends],
  'monitoring.silence': [exporterIsDown, noRules],
  // What is measured of the database, as its own check asks for it.
  'database.monitoring': exporterIsDown,
  'monitoring.delivery': [nobodyIsTold, aSilence, nobodySends],
}

/** Those that wait for minutes until what runs is looked at again. */
export const longSabotages: Sabotages = {
  'monitoring.connections': [rulesChange('to ring later', (text) => text.replace('> 400', '> 4000')), oneIsNotTold],
  'monitoring.delivery': oneIsNotTold,
}
