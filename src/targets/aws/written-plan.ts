import { readFile } from 'node:fs/promises'
import { exit, messageOf, OperatorError } from '../../core/errors.ts'
import { type AwsPlan, writtenPlan } from './plan.ts'

/** Throws OperatorError (exit 2) where a file holds no plan. */
export async function readPlan(file: string): Promise<AwsPlan> {
  try {
    return writtenPlan.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw new OperatorError(
      file,
      `is no plan: ${messageOf(error)}`,
      'edge plan --target aws --out FILE writes one',
      exit.usage,
    )
  }
}

/** Nothing is done that the plan did not show: neither what was configured since, nor over what was deployed since. */
export function assertSame(shown: AwsPlan, now: AwsPlan, file: string): void {
  const key = ({ account, stacks }: AwsPlan): string =>
    JSON.stringify([account, stacks.map(({ stack, before, after }) => [stack, before, after])])
  if (key(shown) === key(now)) return
  const since =
    shown.account !== now.account
      ? `it is for the account ${shown.account}, and this is ${now.account}`
      : shown.stacks.some(({ stack, after }) => now.stacks.find((one) => one.stack === stack)?.after !== after)
        ? 'the configuration was changed since'
        : 'something else was deployed since'
  throw new OperatorError(file, `is not what would be done now: ${since}`, [
    'nothing was deployed',
    `edge plan --target aws --out ${file} shows what it would be now`,
  ])
}
