import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { testWorld } from '../../../test/world.ts'
import { allMeasured } from '../../compose.ts'
import { alarmsAt } from '../alarms.ts'
import { everyAsked, everySeconds, ownRules, ruleOf, rulesFile } from '../render-rules.ts'
import { monitoringSettings } from '../settings.ts'
import { type Series, sources } from './test-series.ts'

const { world } = testWorld()
export const alarms = alarmsAt(monitoringSettings.parse({}), allMeasured)
export const ownOnes = ownRules(monitoringSettings.parse({}), everyAsked)
export const rules = [...alarms.map((alarm) => ruleOf(alarm)), ...ownOnes]

/** Whether an alarm rings so many seconds after these series began. */
export type Case = { readonly series: Series; readonly at: number; readonly rings: boolean; readonly alert: string }

/** All rules as files, and promtool that judges them. */
export async function promtool() {
  const folder = await mkdtemp(join(tmpdir(), 'edge-rules-'))
  await writeFile(join(folder, 'rules.yml'), rulesFile(rules))
  // Each alone, as well: all of them together would be looked at for each case.
  for (const rule of rules) await writeFile(join(folder, `${rule.alert}.yml`), rulesFile([rule]))
  /** Its own verdict: empty where all is as said. */
  const verdictOn = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await world.run(['promtool', ...words], { cwd: folder })
    return code === 0 ? '' : `${stdout}${stderr}`
  }
  /** On tests of one alarm, as promtool has them. */
  const tried = async (alert: string, tests: readonly object[], every = everySeconds): Promise<string> => {
    const file = join(folder, `${alert}-tests.yml`)
    const whole = { rule_files: [`${alert}.yml`], evaluation_interval: `${every}s`, tests }
    await writeFile(file, stringify(whole, { aliasDuplicateObjects: false }))
    return verdictOn('test', 'rules', file)
  }
  return {
    check: () => verdictOn('check', 'rules', join(folder, 'rules.yml')),
    tried,
    /** On cases of one alarm. */
    judged: (cases: readonly Case[], every = everySeconds): Promise<string> =>
      tried(
        cases[0]?.alert ?? '',
        cases.map(({ series, at, rings, alert }) => ({
          interval: `${every}s`,
          input_series: Object.entries({ ...sources, ...series }).map(([name, values]) => ({ series: name, values })),
          promql_expr_test: [
            {
              expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
              eval_time: `${at}s`,
              exp_samples: [{ labels: '{}', value: rings ? 1 : 0 }],
            },
          ],
        })),
        every,
      ),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
