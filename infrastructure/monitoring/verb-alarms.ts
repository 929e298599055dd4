import { type AlarmOnAws, type CloudWatchAlarm, cloudWatchAlarmsOf } from '../../src/core/cloudwatch-alarm.ts'
import { exit } from '../../src/core/errors.ts'
import { type Quantity, show } from '../../src/core/units.ts'
import type { ConfigurationVerb } from '../../src/core/verb.ts'
import { alarmsAt } from './alarms.ts'
import { everyAsked, ownRules, type Rule, ruleOf } from './render-rules.ts'
import type { MonitoringSettings } from './settings.ts'

type Run = Awaited<ReturnType<ConfigurationVerb<MonitoringSettings>['reads']>>

/** When somebody is called, and what both targets are told of it. */
export const alarms: Run = async (seen, { stdout }, _positional, options, screen) => {
  const { settings, measured } = seen
  const [all, own] = [alarmsAt(settings, measured), ownRules(settings, everyAsked)]
  const rendered = (alarm: AlarmOnAws) => ({ alarm, cloudWatch: cloudWatchAlarmsOf(alarm) })
  const listed = all.map((alarm) => {
    // As it is deployed there: at another threshold, say. What no stack has is not shown.
    const there = seen.onAws.find(({ id }) => id === alarm.id)
    return { alarm, there, prometheus: ruleOf(alarm), cloudWatch: there ? cloudWatchAlarmsOf(there) : [] }
  })
  const onAwsAlone = seen.onAws.filter(({ id }) => !all.some((one) => one.id === id)).map(rendered)
  const ofFunctions = seen.ofFunctions.map(rendered)
  if (options['json'] === true) {
    const shown = listed.map(({ alarm, there, ...more }) => ({ ...shownOf(alarm), ...wordsThere(there), ...more }))
    const onAws = [...onAwsAlone, ...ofFunctions].map(({ alarm, ...more }) => ({ ...shownOf(alarm), ...more }))
    stdout.write(`${JSON.stringify({ alarms: shown, own, onAws }, undefined, 2)}\n`)
    return exit.ok
  }
  const { bold, dim } = screen.paint
  const write = (alarm: AlarmOnAws, targets: readonly (readonly [target: string, line: string])[]) => {
    const { means, look, runbook } = shownOf(alarm)
    stdout.write(`\n${bold(alarm.id)}  ${boundOf(alarm)}\n`)
    for (const [name, value] of [['means', means], ['look', look], ['runbook', runbook], ...targets] as const)
      stdout.write(`  ${dim(name.padEnd(12))}${value}\n`)
  }
  for (const { alarm, there, prometheus, cloudWatch } of listed) {
    const { means, look } = wordsThere(there).onAws ?? {}
    write(alarm, [
      ['prometheus', ruleLine(prometheus)],
      ...cloudWatch.map(cloudWatchRow),
      ...(means === undefined || means === alarm.means ? [] : [['AWS: means', means] as const]),
      ...(look === undefined || look === alarm.look ? [] : [['AWS: look', look] as const]),
    ])
  }
  stdout.write(`\n${bold('about the alarms themselves, and what no promise is made of')}, on this machine alone\n`)
  for (const rule of own) stdout.write(`  ${dim(rule.alert.padEnd(16))}${ruleLine(rule)}\n`)
  stdout.write(`\n${bold('about what the disk does altogether')}, on AWS alone: this machine has a rule of its own\n`)
  for (const { alarm, cloudWatch } of onAwsAlone) write(alarm, cloudWatch.map(cloudWatchRow))
  stdout.write(
    `\n${bold('about the functions that run on AWS, and the rules that call')}, there alone; each calls by itself\n`,
  )
  for (const { alarm, cloudWatch } of ofFunctions) write(alarm, cloudWatch.map(cloudWatchRow))
  return exit.ok
}

/** What a letter of CloudWatch says of it. */
const wordsThere = (there: AlarmOnAws | undefined) =>
  there === undefined ? {} : { onAws: { means: there.means, look: there.lookOnAws ?? there.look } }

const shownOf = (alarm: AlarmOnAws) => ({
  id: alarm.id,
  fires: boundOf(alarm),
  silence: alarm.silence,
  means: alarm.means,
  look: alarm.look,
  runbook: `docs/runbooks/${alarm.runbook}`,
})

/** `> 400 connections for 1 min`, as a person reads it. */
function boundOf({ fires, period, periods }: AlarmOnAws): string {
  const lasts = `for ${show({ kind: 'duration', milliseconds: period.milliseconds * periods })}`
  if ('above' in fires) return `> ${show(fires.above)} ${lasts}`
  if ('below' in fires) return `< ${show(fires.below)} ${lasts}`
  const [lowest, highest]: readonly Quantity[] = fires.outside
  return `${lowest ? `< ${show(lowest)}` : ''} or ${highest ? `> ${show(highest)}` : ''} ${lasts}`
}

const ruleLine = ({ expr, for: lasts }: Rule): string => `${expr.replaceAll('\n', ' ')}  for ${lasts} s`

const cloudWatchRow = (one: CloudWatchAlarm) => ['cloudwatch', cloudWatchLine(one)] as const
const cloudWatchLine = (one: CloudWatchAlarm): string =>
  `${one.metric} ${one.statistic} ${one.operator} ${one.threshold}, ${one.evaluationPeriods} × ${one.period} s, missing data ${one.missingData}`
