import { alarmProofs } from './alarm-proof.ts'
import type { CallingFunctionAlarm } from './function-alarms.ts'
import { functionNamespace } from '../../core/own-function.ts'
import type { RoomProof } from './proof.ts'

/** What the alarms about functions have to be. `topic`: as the template has it, or its ARN where it is another stack's. */
export const functionAlarmProofs = (name: string, alarms: readonly CallingFunctionAlarm[]): readonly RoomProof[] =>
  alarms.flatMap((alarm) =>
    alarmProofs(
      alarm,
      [functionNamespace, `FunctionName ${name}-${alarm.of}`],
      alarm.topic === undefined ? [] : [alarm.topic],
      { byName: true },
      // They are about what no promise is made of.
    ).map((proof) => ({ ...proof, proves: [] })),
  )
