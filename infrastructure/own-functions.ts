import {
  alarmsOfFunctions,
  besideTopics,
  type FunctionAlarm,
  type OwnFunction,
  ruleAlarm,
} from '../src/core/own-function.ts'
import { backupFunctions } from './backup/aws/own-functions.ts'
import { siteFunctions } from './cdn/aws/own-functions.ts'
import { databaseFunctions } from './database/aws/own-functions.ts'
import { letterRules } from './monitoring/aws/backup-kinds.ts'

/** The functions of the stacks in the configured region, but for those beside the topics. */
export const functionsOfStacks: readonly OwnFunction[] = [...databaseFunctions, ...backupFunctions]

/** Every alarm about a function or a rule on AWS, where there is a webhook. */
export const allFunctionAlarms: readonly FunctionAlarm[] = [
  ...alarmsOfFunctions([
    ...functionsOfStacks,
    ...besideTopics({ hasWebhook: true }),
    ...siteFunctions({ hasWebhook: true }),
  ]),
  ...letterRules.map(ruleAlarm),
]
