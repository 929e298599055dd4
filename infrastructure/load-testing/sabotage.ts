import type { Sabotage, Sabotaged, Sabotages } from '../../test/sabotage.ts'

const configuration = '../production.config.ts'
const hasty = "loadTesting: { thinkTime: { minimum: '100 ms', maximum: '200 ms' } },"
const apis = ['api1', 'api2']

/**
 * Two things at once, as each run takes a minute: a server that accepts and never answers, and a configuration whose
 * visitors do not stop to think. The first breaks what is said about answers, the second what is said about visitors.
 */
const silentApiAndHastyVisitors: Sabotage = {
  title: 'both API processes are stopped in their tracks, and a visitor of the test does not stop to think',
  break: async (on) => {
    for (const engine of apis) await on.signal(engine, 'SIGSTOP')
    await on.edit(configuration, (text) => text.replace('ports:', `${hasty} ports:`))
    await on.loadTest('smoke')
  },
  mend: async (on) => {
    for (const engine of apis) await on.signal(engine, 'SIGCONT')
    await on.edit(configuration, (text) => text.replace(`${hasty} `, ''))
    await on.loadTest('smoke')
  },
}

const moveReports = (from: string, to: string) => (on: Sabotaged) =>
  on
    .run(['find', `${on.instance.state}/load-tests`, '-name', from, '-execdir', 'mv', '{}', to, ';'])
    .then(() => undefined)

const lostReport: Sabotage = {
  title: 'the report of the last run is moved away',
  break: moveReports('report.html', 'lost.html'),
  mend: moveReports('lost.html', 'report.html'),
}

export const sabotages: Sabotages = {
  'loadTesting.reports': lostReport,
  'loadTesting.smoke': silentApiAndHastyVisitors,
  'loadTesting.journey': silentApiAndHastyVisitors,
  'loadTesting.responseTime': silentApiAndHastyVisitors,
  'loadTesting.errorRate': silentApiAndHastyVisitors,
  'loadTesting.successRate': silentApiAndHastyVisitors,
  'loadTesting.tailLatency': silentApiAndHastyVisitors,
  'loadTesting.thinkTime': silentApiAndHastyVisitors,
}
