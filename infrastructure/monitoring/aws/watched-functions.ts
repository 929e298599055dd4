import {
  alarmsOfFunctions,
  besideTopics,
  failingAlarm,
  type FunctionAlarm,
  type OwnFunction,
  ruleAlarm,
  ruleAlarms,
  silentAlarms,
} from '../../../src/core/own-function.ts'
import { letterRules } from './backup-kinds.ts'
import type { Called } from '../../../src/targets/aws/topics.ts'

type Given = { readonly called: Called; readonly functions: readonly OwnFunction[] }

/** The alarms about functions and rules that stand in the stack of monitoring; `functions`: of the other stacks. */
export const watchedHere = ({ called, functions }: Given): readonly FunctionAlarm[] => [
  ...alarmsOfFunctions(besideTopics({ hasWebhook: called.webhookSecret !== undefined })),
  ...functions.flatMap((one) => [failingAlarm(one), ...ruleAlarms(one)]),
  ...letterRules.map(ruleAlarm),
]

/** Those of the whole region: what the clock does not call is watched in the stack of that function. */
export const watchedInRegion = (given: Given): readonly FunctionAlarm[] => [
  ...watchedHere(given),
  ...given.functions.flatMap(silentAlarms),
]
