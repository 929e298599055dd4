import {
  alarmsOfFunctions,
  besideTopics,
  failingAlarm,
  type FunctionAlarm,
  type OwnFunction,
} from '../../../src/core/own-function.ts'
import type { Called } from '../../../src/targets/aws/topics.ts'

/** The alarms about functions that stand in the stack of monitoring; `functions`: of the other stacks. */
export const watchedHere = ({
  called,
  functions,
}: {
  readonly called: Called
  readonly functions: readonly OwnFunction[]
}): readonly FunctionAlarm[] => [
  ...alarmsOfFunctions(besideTopics({ hasWebhook: called.webhookSecret !== undefined })),
  ...functions.map(failingAlarm),
]
