import type { Sabotage, Sabotaged, Sabotages } from '../../test/sabotage.ts'

/** Both API processes stand still: a server that accepts and never answers. */
const silentApi: Sabotage = {
  title: 'both API processes are stopped in their tracks (SIGSTOP), and visitors come',
  break: async (on) => {
    for (const engine of ['api1', 'api2']) await on.signal(engine, 'SIGSTOP')
    await on.loadTest('smoke')
  },
  mend: async (on) => {
    for (const engine of ['api1', 'api2']) await on.signal(engine, 'SIGCONT')
    await on.loadTest('smoke')
  },
}

const configuration = '../production.config.ts'
const hasty = "loadTesting: { thinkTime: { minimum: '100 ms', maximum: '200 ms' } },"

const hastyVisitors: Sabotage = {
  title: 'the configuration is edited so that visitors do not stop to think',
  break: async (on) => {
    await on.edit(configuration, (text) => text.replace('ports:', `${hasty} ports:`))
    await on.loadTest('smoke')
  },
  mend: async (on) => {
    await on.edit(configuration, (text) => text.replace(hasty, ''))
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
  'loadTesting.smoke': silentApi,
  'loadTesting.journey': silentApi,
  'loadTesting.responseTime': silentApi,
  'loadTesting.errorRate': silentApi,
  'loadTesting.successRate': silentApi,
  'loadTesting.tailLatency': silentApi,
  'loadTesting.thinkTime': hastyVisitors,
}
