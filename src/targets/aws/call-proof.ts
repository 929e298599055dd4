import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { severities, type Severity } from '../../core/severity.ts'
import type { CallingAlarm } from './alarm.ts'
import { resourcesOf } from './alarm-proof.ts'
import { callOf, descriptionOfCall, waits } from './calls.ts'
import type { DeployedStack } from './deployed-stack.ts'
import { byOwnProvisioner, onTemplate, type RoomProof } from './proof.ts'
import { referred } from './references.ts'
import { at, list, resourceOf } from './template.ts'

const type = 'AWS::CloudWatch::CompositeAlarm'

/** Whom an alarm calls by itself: one that stands alone in its severity. */
export const callsItself = (alarm: CallingAlarm, all: readonly CallingAlarm[]): readonly string[] => {
  const its = all.filter(({ severity }) => severity === alarm.severity).flatMap(resourcesOf)
  return its.length === 1 && alarm.topic !== undefined ? [alarm.topic] : []
}

/** What calls for the alarms of a stack. `name`: of the stack. */
export function callProofs(name: string, alarms: readonly CallingAlarm[]): readonly RoomProof[] {
  const of = (severity: Severity) => alarms.filter((alarm) => alarm.severity === severity)
  const [alone, ...more] = of('critical').flatMap(resourcesOf)
  return severities.flatMap((severity) => {
    const its = of(severity)
    const resources = its.flatMap(resourcesOf)
    const topic = its[0]?.topic
    if (topic === undefined || resources.length === 1) return []
    const called = callProof(severity, { name, topic, resources, alarms: its })
    return severity === 'critical' || alone === undefined
      ? [called]
      : [called, waitsProof(more.length === 0 ? alone : callOf('critical'))]
  })
}

type Calls = {
  readonly name: string
  readonly topic: string
  readonly resources: readonly string[]
  /** What its letter names. */
  readonly alarms: Parameters<typeof descriptionOfCall>[1]
}

/** The one that calls for all alarms of a severity, by their names in the template. */
export function callProof(severity: Severity, { name, topic, resources, alarms }: Calls): RoomProof {
  const resource = callOf(severity)
  const rule = resources.map((one) => `ALARM("${one}")`).join(' OR ')
  return byOwnProvisioner({
    type,
    says: `one outage is one letter: one alarm calls for all that are ${severity}, when the first begins and when the last ends, and says what to do about each`,
    fact: `calls for what is ${severity}`,
    proves: [],
    is: [`${name}-${severity}`, rule, [topic], [topic], descriptionOfCall(severity, alarms)],
    template: (template) => seen(at(resourceOf(template, resource), 'Properties'), referred),
    readBack: async (deployed) => seen(await compositeOf(deployed, resource), deployed.named),
  })
}

/** That what is less urgent calls nobody while `critical` does. */
export const waitsProof = (critical: string): RoomProof =>
  onTemplate(
    {
      type,
      says: `what is less urgent waits ${waits.before} s for what is critical, and calls nobody while that rings`,
      fact: 'waits for what is critical',
      proves: [],
      is: [critical, waits.before, waits.after],
      template: (template) => suppressed(at(resourceOf(template, callOf('warning')), 'Properties'), referred),
      readBack: async (deployed) => suppressed(await compositeOf(deployed, callOf('warning')), deployed.named),
    },
    'the emulator keeps no suppressor of an alarm',
    [undefined, undefined, undefined],
  )

const seen = (found: unknown, text: (value: unknown) => unknown): readonly unknown[] => [
  at(found, 'AlarmName'),
  text(at(found, 'AlarmRule')),
  list(at(found, 'AlarmActions')).map(text),
  list(at(found, 'OKActions')).map(text),
  at(found, 'AlarmDescription'),
]

const suppressed = (found: unknown, text: (value: unknown) => unknown): readonly unknown[] => [
  text(at(found, 'ActionsSuppressor')),
  at(found, 'ActionsSuppressorWaitPeriod'),
  at(found, 'ActionsSuppressorExtensionPeriod'),
]

async function compositeOf({ client, id }: DeployedStack, resource: string): Promise<unknown> {
  const asked = new DescribeAlarmsCommand({ AlarmNames: [id(resource)], AlarmTypes: ['CompositeAlarm'] })
  return (await new CloudWatchClient(client).send(asked)).CompositeAlarms?.[0]
}
