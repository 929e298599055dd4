import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch'
import { type Boundary, boundariesOf } from '../../../src/core/alarm.ts'
import { broken, type Check, declared, kept, notClaimed, type Verdict } from '../../../src/core/check.ts'
import { alarmProperties, asOneFigure, valuesOf } from '../../../src/targets/aws/alarm-proof.ts'
import { at, list } from '../../../src/targets/aws/template.ts'
import { severityOf } from '../severity.ts'
import { callersOf, silentBecause } from './callers.ts'
import { configuredFor, type Hearing, hearing, subscriptionsOf, topicAttributes, topicProblems } from './check-way.ts'
import type { Watched } from './dashboard.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'
import type { Site } from './site.ts'

type Promised = keyof typeof severityOf

const next = 'edge plan --target aws --drift shows what a hand changed'

/** An alarm that is on, looks at what is promised, and calls every configured address, each of which has confirmed. */
export const alarmCalls =
  (promise: Promised): Check<MonitoringEndpointOnAws> =>
  (endpoint) =>
    callsBy(promise, endpoint, { ...endpoint, client: endpoint.deployed.client })

/** The same of an alarm of the site. `measures`: what its figure is, where that is not quite what is promised. */
export const siteAlarmCalls =
  (promise: Promised, measures?: string): Check<MonitoringEndpointOnAws> =>
  async (endpoint) =>
    'missing' in endpoint.site
      ? notClaimed(endpoint.site.missing)
      : callsBy(promise, endpoint, endpoint.site, measures === undefined ? {} : { measures })

/** From the alarm to its topic, by the topic's key and policy to its subscribers. */
async function callsBy(
  promise: Promised,
  { name, called }: Pick<MonitoringEndpointOnAws, 'name' | 'called'>,
  { topics, watched, client }: Exclude<Site, { readonly missing: string }>,
  facts: Readonly<Record<string, string>> = {},
): Promise<Verdict> {
  const look = watched.find(({ alarm }) => alarm.name === promise)
  if (!look) return notClaimed('on AWS nobody is called about this yet')
  const severity = severityOf[promise]
  const topic = topics[severity]
  const bounds = boundariesOf(look.alarm, look.alarm.metric.unit)
  const names = bounds.map(({ side }) => `${name}-${look.alarm.id}${bounds.length === 1 ? '' : `-${side}`}`)
  const [{ MetricAlarms: found = [] }, callers] = await Promise.all([
    new CloudWatchClient(client).send(new DescribeAlarmsCommand({ AlarmNames: names })),
    callersOf(client, name),
  ])
  const wrong = bounds.flatMap((boundary, index) => {
    const one = names[index] ?? ''
    const its = found.find(({ AlarmName }) => AlarmName === one)
    return its
      ? problemsOf(look, boundary, { topic, callers }, its).map((problem) => `${one} ${problem}`)
      : `there is no ${one}`
  })
  const swallowed = topicProblems(await topicAttributes(client, topic)).map((problem) => `${topic} ${problem}`)
  return verdictOf(
    { alarm: names, threshold: bounds.map((bound) => String(bound.at)), topic, ...facts },
    [...wrong, ...swallowed],
    hearing(configuredFor(called, severity), await subscriptionsOf(client, topic)),
  )
}

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
