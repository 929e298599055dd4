import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Boundary, boundariesOf } from '../../../src/core/alarm.ts'
import type { Ran } from '../../../src/core/world.ts'
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

export const boundaries = alarms.flatMap((alarm) =>
  boundariesOf(alarm, alarm.local.unit).map(({ side, at }) => ({ alarm, name: alarm.name, side, at })),
)

/** So much beyond a boundary, in shares of it; of none, by one. */
export const beyond = ({ side, at }: Boundary, share: number): number =>
  at === 0 ? (share > 0 ? 1 : 0) : at * (side === 'above' ? 1 + share : 1 - share)

/** By then it rings: the first window is full, and it has waited. */
export const bySeconds = (name: string): number => {
  const alarm = alarms.find((one) => one.name === name)
  if (!alarm) return Number.NaN
  const { local, period, periods } = alarm
  // Where no window is looked at, the first figure counts.
  const windows = local.expression('1m') === local.expression('2m') ? periods - 1 : periods
  return (period.milliseconds / 1000) * windows + 3 * everySeconds
}

/** Whether an alarm rings so many seconds after these series began. */
export type Case = { readonly series: Series; readonly at: number; readonly rings: boolean; readonly alert: string }

/** The rules, in a folder of their own, and promtool that judges them. */
export class JudgedRules {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async make(): Promise<JudgedRules> {
    const folder = await mkdtemp(join(tmpdir(), 'edge-rules-'))
    await writeFile(join(folder, 'rules.yml'), rulesFile(rules))
    // Each alone, as well: all of them together would be looked at for each case.
    for (const rule of rules) await writeFile(join(folder, `${rule.alert}.yml`), rulesFile([rule]))
    return new JudgedRules(folder)
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true })
  }

  /** Whether Prometheus takes all of them. */
  check(): Promise<Ran> {
    return world.run(['promtool', 'check', 'rules', join(this.#folder, 'rules.yml')])
  }

  /** promtool's own verdict on cases of one alarm: empty where each is as said. */
  cases(cases: readonly Case[], every = everySeconds): Promise<string> {
    const tests = cases.map(({ series, at, rings, alert }) => ({
      input_series: seriesOf(series),
      promql_expr_test: [
        {
          expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
          eval_time: `${at}s`,
          exp_samples: [{ labels: '{}', value: rings ? 1 : 0 }],
        },
      ],
    }))
    return this.#tests(cases[0]?.alert ?? '', tests, every)
  }

  /** Its verdict on what an alarm says when it rings so many seconds after these series began. */
  words(alert: string, series: Series, at: number, says: object): Promise<string> {
    const alerts = [{ eval_time: `${at}s`, alertname: alert, exp_alerts: [{ exp_annotations: says }] }]
    return this.#tests(alert, [{ input_series: seriesOf(series), alert_rule_test: alerts }], everySeconds)
  }

  async #tests(alert: string, tests: readonly object[], every: number): Promise<string> {
    const interval = `${every}s`
    const file = join(this.#folder, `${alert}-tests.yml`)
    const whole = {
      rule_files: [`${alert}.yml`],
      evaluation_interval: interval,
      tests: tests.map((one) => ({ interval, ...one })),
    }
    await writeFile(file, stringify(whole, { aliasDuplicateObjects: false }))
    const { code, stdout, stderr } = await world.run(['promtool', 'test', 'rules', file], { cwd: this.#folder })
    return code === 0 ? '' : `${stdout}${stderr}`
  }
}

const seriesOf = (series: Series) =>
  Object.entries({ ...sources, ...series }).map(([name, values]) => ({ series: name, values }))
