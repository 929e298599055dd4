import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch'
import type { FunctionAlarm } from '../../../src/core/own-function.ts'
import { type Boundary, boundariesOf } from '../../../src/core/alarm.ts'
import { broken, type Check, declared, kept, notClaimed, type Verdict } from '../../../src/core/check.ts'
import { alarmProperties, asOneFigure, valuesOf } from '../../../src/targets/aws/alarm-proof.ts'
import { at, list } from '../../../src/targets/aws/template.ts'
import { severityOf } from '../severity.ts'
import { callersOf, silentBecause } from './callers.ts'
import {
  configuredFor,
  type Hearing,
  hearing,
  isWebhookAlone,
  subscriptionsOf,
  topicAttributes,
  topicProblems,
} from './check-way.ts'
import type { Watched } from './dashboard.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'
import type { Site } from './site.ts'

type Promised = keyof typeof severityOf

const next = 'edge plan --target aws --drift shows what a hand changed'

/**
 * An alarm that is on, looks at what is promised, and calls every configured address, each of which has confirmed. `besides`:
 * another one of the same severity without which the promise is not whole.
 */
export const alarmCalls =
  (promise: Promised, besides?: string): Check<MonitoringEndpointOnAws> =>
  (endpoint) =>
    callsBy([promise, besides], endpoint, { ...endpoint, client: endpoint.deployed.client })

/** The same of an alarm of the site. `measures`: what its figure is, where that is not quite what is promised. */
export const siteAlarmCalls =
  (promise: Promised, measures?: string): Check<MonitoringEndpointOnAws> =>
  async (endpoint) =>
    'missing' in endpoint.site
      ? notClaimed(endpoint.site.missing)
      : callsBy([promise], endpoint, endpoint.site, measures === undefined ? {} : { measures })

/** From the alarm to its topic, by the topic's key and policy to its subscribers. */
async function callsBy(
  [promise, besides]: readonly [Promised, (string | undefined)?],
  { name, called }: Pick<MonitoringEndpointOnAws, 'name' | 'called'>,
  { topics, publishers, watched, functions, client }: Omit<Exclude<Site, { readonly missing: string }>, 'distribution'>,
  facts: Readonly<Record<string, string>> = {},
): Promise<Verdict> {
  const looks = watched.filter(({ alarm }) => alarm.name === promise || alarm.name === besides)
  if (looks.length === 0) return notClaimed('on AWS nobody is called about this yet')
  const severity = severityOf[promise]
  const topic = topics[severity]
  const bounds = looks.flatMap((look) => {
    const its = boundariesOf(look.alarm, look.alarm.metric.unit)
    return its.map((boundary) => {
      const side = its.length === 1 ? '' : `-${boundary.side}`
      return { look, boundary, named: `${name}-${look.alarm.id}${side}` }
    })
  })
  const names = bounds.map(({ named }) => named)
  const passesOn = passingOn(functions).map((id) => `${name}-${id}`)
  const [{ MetricAlarms: found = [] }, callers] = await Promise.all([
    new CloudWatchClient(client).send(new DescribeAlarmsCommand({ AlarmNames: [...names, ...passesOn] })),
    callersOf(client, name),
  ])
  const wrong = bounds.flatMap(({ look, boundary, named }) => {
    const its = found.find(({ AlarmName }) => AlarmName === named)
    return its
      ? problemsOf(look, boundary, { topic, callers }, its).map((problem) => `${named} ${problem}`)
      : `there is no ${named}`
  })
  const swallowed = topicProblems(await topicAttributes(client, topic), publishers).map(
    (problem) => `${topic} ${problem}`,
  )
  const heard = hearing(configuredFor(called, severity), await subscriptionsOf(client, topic))
  return verdictOf(
    { alarm: names, threshold: bounds.map(({ boundary }) => String(boundary.at)), topic, ...facts },
    [...wrong, ...swallowed, ...unheard(heard, ofNames(passesOn, found))],
    heard,
  )
}

const ofNames = (names: readonly string[], found: readonly MetricAlarm[]): readonly MetricAlarm[] =>
  found.filter(({ AlarmName: its = '' }) => names.includes(its))

/** Why nobody hears, where the webhook alone is called. `passesOn`: the alarms about the function that does. */
export const unheard = (heard: Hearing, passesOn: readonly MetricAlarm[]): readonly string[] =>
  passesOn
    .filter(({ StateValue: state }) => state === 'ALARM' && isWebhookAlone(heard))
    .map(({ AlarmName: its }) => `${its} rings: letters do not reach the webhook, and nobody else is called`)

/** The alarms about the function that passes letters on to the webhook, by their ids. */
const passingOn = (functions: readonly FunctionAlarm[]): readonly string[] =>
  functions.filter(({ of, id }) => /(^|-)webhook$/.test(of) && id.endsWith('.errors')).map(({ id }) => id)

/** What an alarm is otherwise than it has to be: it may be on, and look at what nobody asked about. */
export function problemsOf(
  { alarm, namespace, dimensions }: Omit<Watched, 'region'>,
  boundary: Boundary,
  { topic, callers }: { readonly topic: string; readonly callers: readonly CompositeAlarm[] },
  found: MetricAlarm,
): readonly string[] {
  const wanted = valuesOf(alarm, namespace, boundary)
  const silent = silentBecause(found, topic, callers)
  const its = asOneFigure(found)
  const of = list(at(its, 'Dimensions')).map((one) => `${String(at(one, 'Name'))} ${String(at(one, 'Value'))}`)
  const about = Object.entries(dimensions).map(([key, value]) => `${key} ${value}`)
  return [
    ...(found.ActionsEnabled === false ? ['is switched off'] : []),
    ...alarmProperties.flatMap((property, index) => {
      const is = at(its, property) ?? (property === 'Statistic' ? found.ExtendedStatistic : undefined)
      return is === wanted[index] ? [] : [`has ${property} ${String(is)}, not ${String(wanted[index])}`]
    }),
    ...(of.toSorted().join() === about.toSorted().join() ? [] : [`looks at ${of.join()}, not ${about.join()}`]),
    ...(silent === undefined ? [] : [silent]),
  ]
}

function verdictOf(
  facts: Readonly<Record<string, string | readonly string[]>>,
  wrong: readonly string[],
  { all, missing, silent }: Hearing,
): Verdict {
  const evidence = declared({ ...facts, called: all, 'not subscribed': missing, 'not confirmed': silent })
  if (wrong[0] !== undefined) return broken(evidence, wrong.join('; '), next)
  if (missing.length > 0)
    return broken(
      evidence,
      `${missing.join(', ')} is not called`,
      'edge plan monitoring --target aws --drift shows what a hand changed; edge deploy monitoring --target aws --revert-drift puts it back',
    )
  if (all.length === 0) return broken(evidence, 'nobody is called', 'aws.notify names addresses, by how urgent it is')
  const who = silent.join(', ')
  if (silent.length > 0)
    return broken(
      evidence,
      `${who} has not confirmed`,
      `the letter of AWS to ${who} has a link: whoever reads it follows it`,
    )
  return kept(evidence)
}
