import { exit, OperatorError } from '../../core/errors.ts'
import { destroyStacks } from '../../targets/aws/deploy.ts'
import { statusOf } from '../../targets/aws/describe-stack.ts'
import { outputs } from '../../../infrastructure/cdn/aws/outputs.ts'
import { deleteBucket, emptyBucket } from '../../../infrastructure/cdn/aws/delete-bucket.ts'
import type { World } from '../../core/world.ts'
import { askForName } from '../ask.ts'
import { unknown } from '../components.ts'
import { ProgressScreen } from '../screen/progress.ts'
import { words } from '../words.ts'
import type { VerbRun } from '../verb.ts'
import { changeStack } from './change-stack.ts'
import { openAws } from './open.ts'
import { stackName } from './stacks.ts'

/** Deletes the stacks. The buckets with what was published, and with the logs, stay but for those that `--bucket` names. */
export const destroy: VerbRun = async (world, _positional, options) => {
  const { configuration, account, define } = await openAws(world, options)
  const { name, aws } = configuration
  const { region } = aws
  const stack = stackName(name, 'cdn')
  const found = await statusOf(stack, region)
  if (!found) {
    throw new OperatorError(stack, `is not there (account ${account}, ${region})`, [
      'edge plan --target aws',
      ...words(options['bucket']).map(
        (one) => `was ${one} left? the console of S3 empties it of its versions, and deletes it`,
      ),
    ])
  }
  const json = options['json'] === true
  const buckets = [outputs.bucket, outputs.logs].flatMap((output) => found.outputs.get(output) ?? [])
  const doomed = words(options['bucket'])
  for (const one of doomed) if (!buckets.includes(one)) throw unknown('--bucket', one, buckets)
  const kept = buckets.filter((one) => !doomed.includes(one))
  if (!json) {
    world.stdout.write(`This deletes the stack ${stack} (account ${account}, ${region}): the site is down then.\n`)
    for (const one of doomed) world.stdout.write(`Deleted with every version of what is in it: ${one}\n`)
    if (kept.length > 0) world.stdout.write(`Left, with what is in them: ${kept.join(', ')}\n`)
  }
  if (options['dryRun'] === true) {
    if (json) world.stdout.write(`${JSON.stringify({ target: 'aws', wouldDelete: [stack, ...doomed], kept })}\n`)
    return exit.ok
  }
  if (options['yes'] !== true) await askForName(name, world, 'edge destroy --target aws --yes')
  // What takes long comes first: as long as the stack is there, the same command goes on where it was cut off.
  await withEach(doomed, { work: emptyBucket, did: 'emptied', region, silent: json }, world)
  const work = { name: 'destroy', change: destroyStacks, detail: stack, silent: json } as const
  await changeStack({ ...work, define, stacks: [{ stack, region }] }, world)
  // The name last: while CloudFront leads to it, nobody else may have it. Logs may have come meanwhile.
  await withEach(doomed, { work: deleteBucket, did: 'deleted', region, silent: json }, world)
  if (json) world.stdout.write(`${JSON.stringify({ target: 'aws', deleted: [stack, ...doomed], kept })}\n`)
  return exit.ok
}

/** Does one thing with one bucket after the other, and shows how far it is. */
async function withEach(
  buckets: readonly string[],
  { work, did, region, silent }: { work: typeof deleteBucket; did: string; region: string; silent: boolean },
  world: World,
): Promise<void> {
  for (const bucket of buckets) {
    const screen = new ProgressScreen(world.stdout, { silent })
    try {
      await screen.during(
        'bucket',
        (task) =>
          work(bucket, region, {
            signal: world.signal,
            onDeleted: (count) => task.say(`${count} versions deleted`),
          }),
        () => `${bucket} ${did}`,
      )
    } finally {
      screen.close()
    }
  }
}
