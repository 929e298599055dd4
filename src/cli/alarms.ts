import { alarmsAt } from '../../infrastructure/monitoring/alarms.ts'
import { ownRules, type Rule, ruleOf } from '../../infrastructure/monitoring/render-rules.ts'
import type { Alarm } from '../core/alarm.ts'
import { type CloudWatchAlarm, cloudWatchAlarmsOf } from '../core/cloudwatch-alarm.ts'
import { exit } from '../core/errors.ts'
import { type Quantity, show } from '../core/units.ts'
import { loadConfiguration } from '../config/load.ts'
import { project, textOption } from './open.ts'
import { allMeasured } from '../../infrastructure/compose.ts'
import { style } from './screen/style.ts'
import type { VerbRun } from '../core/verb.ts'

/** When somebody is called, and what both targets are told of it. */
export const alarms: VerbRun = async (world, _positional, options) => {
  const { configuration } = await loadConfiguration(world, project, textOption(options, 'config'))
  const all = alarmsAt(configuration.monitoring, allMeasured)
  const listed = all.map((alarm) => ({ alarm, prometheus: ruleOf(alarm), cloudWatch: cloudWatchAlarmsOf(alarm) }))
  const { stdout } = world
  if (options['json'] === true) {
    const shown = listed.map(({ alarm, prometheus, cloudWatch }) => ({
      id: alarm.id,
      fires: boundOf(alarm),
      silence: alarm.silence,
      means: alarm.means,
      look: alarm.look,
      runbook: `docs/runbooks/${alarm.runbook}`,
      prometheus,
      cloudWatch,
    }))
    stdout.write(`${JSON.stringify({ alarms: shown, own: ownRules }, undefined, 2)}\n`)
    return exit.ok
  }
  const { bold, dim } = style(stdout)
  for (const { alarm, prometheus, cloudWatch } of listed) {
    stdout.write(`\n${bold(alarm.id)}  ${boundOf(alarm)}\n`)
    const rows = [
      ['means', alarm.means],
      ['look', alarm.look],
      ['runbook', `docs/runbooks/${alarm.runbook}`],
      ['prometheus', ruleLine(prometheus)],
      ...cloudWatch.map((one) => ['cloudwatch', cloudWatchLine(one)]),
    ]
    for (const [name = '', value = ''] of rows) stdout.write(`  ${dim(name.padEnd(12))}${value}\n`)
  }
  stdout.write(`\n${bold('about the alarms themselves')}, on this machine alone\n`)
  for (const rule of ownRules) stdout.write(`  ${dim(rule.alert.padEnd(12))}${ruleLine(rule)}\n`)
  return exit.ok
}

/** `> 400 connections for 1 min`, as a person reads it. */
function boundOf({ fires, period, periods }: Alarm): string {
  const lasts = `for ${show({ kind: 'duration', milliseconds: period.milliseconds * periods })}`
  if ('above' in fires) return `> ${show(fires.above)} ${lasts}`
  if ('below' in fires) return `< ${show(fires.below)} ${lasts}`
  const [lowest, highest]: readonly Quantity[] = fires.outside
  return `${lowest ? `< ${show(lowest)}` : ''} or ${highest ? `> ${show(highest)}` : ''} ${lasts}`
}

const ruleLine = ({ expr, for: lasts }: Rule): string => `${expr.replaceAll('\n', ' ')}  for ${lasts} s`

const cloudWatchLine = (one: CloudWatchAlarm): string =>
  `${one.metric} ${one.statistic} ${one.operator} ${one.threshold}, ${one.evaluationPeriods} × ${one.period} s, missing data ${one.missingData}`
