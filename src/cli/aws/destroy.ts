import { exit, OperatorError } from '../../core/errors.ts'
import { destroyStacks } from '../../targets/aws/deploy.ts'
import { statusOf } from '../../targets/aws/plan.ts'
import { outputs } from '../../../infrastructure/cdn/aws/stack.ts'
import { askForName } from '../ask.ts'
import type { VerbRun } from '../verbs.ts'
import { changeStack } from './change-stack.ts'
import { openAws } from './open.ts'
import { stackName } from './stacks.ts'

/** Deletes the stacks. The buckets with what was published, and with the logs, stay: they are named. */
export const destroy: VerbRun = async (world, _positional, options) => {
  const { configuration, account, define } = await openAws(world, options)
  const { name, aws } = configuration
  const { region } = aws
  const stack = stackName(name, 'cdn')
  const found = await statusOf(stack, region)
  if (!found) throw new OperatorError(stack, `is not there (account ${account}, ${region})`, 'edge plan --target aws')
  const json = options['json'] === true
  const kept = [found.outputs.get(outputs.bucket), found.outputs.get(outputs.logs)].filter((one) => one !== undefined)
  if (!json) {
    world.stdout.write(`This deletes the stack ${stack} (account ${account}, ${region}): the site is down then.\n`)
    world.stdout.write(`Left, with what is in them: ${kept.join(', ')}\n`)
  }
  if (options['dryRun'] === true) {
    if (json) world.stdout.write(`${JSON.stringify({ target: 'aws', wouldDelete: [stack], kept })}\n`)
    return exit.ok
  }
  if (options['yes'] !== true) await askForName(name, world, 'edge destroy --target aws --yes')
  const work = { name: 'destroy', change: destroyStacks, detail: stack, silent: json } as const
  await changeStack({ ...work, define, stacks: [{ stack, region }] }, world)
  if (json) world.stdout.write(`${JSON.stringify({ target: 'aws', deleted: [stack], kept })}\n`)
  return exit.ok
}
