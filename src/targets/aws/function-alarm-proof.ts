import { alarmProofs } from './alarm-proof.ts'
import type { CallingFunctionAlarm } from './function-alarms.ts'
import { lookedAtBy } from '../../core/own-function.ts'
import type { RoomProof } from './proof.ts'

/** What the alarms about functions and rules have to be. `topic`: as the template has it, or its ARN where it is another stack's. */
export const functionAlarmProofs = (name: string, alarms: readonly CallingFunctionAlarm[]): readonly RoomProof[] =>
  alarms.flatMap((alarm) => {
    const { namespace, dimensions } = lookedAtBy(alarm, name)
    const figure = [namespace, ...Object.entries(dimensions).map((one) => one.join(' '))]
    const calls = alarm.topic === undefined ? [] : [alarm.topic]
    // They are about what no promise is made of.
    return alarmProofs(alarm, figure, calls, { byName: true }).map((proof) => ({ ...proof, proves: [] }))
  })
