import type { Sabotage, Sabotages } from '../../test/sabotage.ts'

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
const nobodyIsTold = routesChange('to tell nobody', (text) => text.replace(/ {4}webhook_configs:\n[\s\S]*$/, ''))
const oneIsNotTold = routesChange('to lead one alarm to nobody', (text) =>
  text.replace(
    'receivers:\n',
    '  routes:\n    - receiver: nobody\n      matchers: [alertname=connections]\nreceivers:\n  - name: nobody\n',
  ),
)

/** The connections stand for every alarm that has been drilled: all are judged by the same rules and the same route. */
export const sabotages: Sabotages = {
  'monitoring.connections': [
    exporterIsDown,
    noRules,
    rulesChange('to ring later', (text) => text.replace('> 400', '> 4000')),
    nobodyIsTold,
    oneIsNotTold,
  ],
  'monitoring.silence': [exporterIsDown, noRules],
  'monitoring.delivery': [nobodyIsTold, oneIsNotTold],
}
