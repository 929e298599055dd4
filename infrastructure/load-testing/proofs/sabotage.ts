import type { Sabotage, Sabotaged, Sabotages } from '../../../test/sabotage.ts'
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
    const { code, stdout, stderr } = await on.smoke()
    // The reasons of a run begin with the step; its table has every step, whether it failed or not.
    if (code !== 1 || !/^ +homepage: .*failed/m.test(stdout))
      throw new Error(`the smoke test ended with ${code}, and must end with 1 and name homepage\n${stderr}\n${stdout}`)
  },
  mend: async (on) => {
    for (const engine of apis) await on.signal(engine, 'SIGCONT')
    await on.edit(configuration, (text) => text.replace(`${hasty} `, ''))
    await on.smoke()
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
