import { exit, OperatorError } from '../../core/errors.ts'
import type { ComponentName } from '../../core/guarantee.ts'
import type { Doomed } from '../../core/target.ts'
import { destroyStacks } from './apply.ts'
import { doomedStacks } from './choose.ts'
import { requireUnprotected } from './deletion-protection.ts'
import { deleteBucket, emptyBucket } from './delete-bucket.ts'
import { outputsOf, statusOf } from './describe-stack.ts'
import { endAlarmsOfGoneFunctions } from './end-alarms.ts'
import type { AwsInstance, Operator } from './instance.ts'
import { looked } from './look-for-protection.ts'
import type { Placed } from './place.ts'

type Bucket = { readonly bucket: string; readonly region: string }

/**
 * The stacks that are there, of the components that are named; all where none is. The buckets with what was published, and with the logs, stay but for those that `--bucket`
 * names. Throws OperatorError where no stack is there, where one that stays needs one of them, where one has what is protected against
 * deletion, and for a bucket that is of none of them.
 */
export async function doomedOnAws(
  { name, account, stacks }: AwsInstance,
  named: readonly ComponentName[],
  operator: Operator,
): Promise<Doomed> {
  const [outputs, states] = await Promise.all([
    outputsOf(stacks),
    Promise.all(stacks.map(({ stack, region }) => statusOf(stack, region))),
  ])
  const there = stacks.filter((_, index) => states[index] !== undefined)
  const found = doomedStacks(there, named)
  const wanted = operator.options.buckets
  if (found.length === 0) {
    throw notThere(
      stacks.filter(({ component }) => named.length === 0 || named.includes(component)),
      account,
      wanted,
    )
  }
  const buckets = found.flatMap((one) => one.buckets(outputs).map((bucket) => ({ bucket, region: one.region })))
  for (const one of wanted) if (!buckets.some(({ bucket }) => bucket === one)) throw noBucket(one, buckets)
  requireUnprotected(await looked(found))
  const doomed = buckets.filter(({ bucket }) => wanted.includes(bucket))
  const kept = buckets.filter((one) => !doomed.includes(one)).map(({ bucket }) => bucket)
  const deleted = [...found.map(({ stack }) => stack), ...doomed.map(({ bucket }) => bucket)]
  return {
    name,
    inScripts: `edge destroy ${named.map((one) => `${one} `).join('')}--target aws --yes`,
    json: { target: 'aws', wouldDelete: deleted, kept },
    lines: () => [
      ...found.map(
        ({ stack, region, deletion }) =>
          `This deletes the stack ${stack} (account ${account}, ${region})${deletion === undefined ? '' : `: ${deletion}`}.`,
      ),
      ...doomed.map(({ bucket }) => `Deleted with every version of what is in it: ${bucket}`),
      ...(kept.length > 0 ? [`Left, with what is in them: ${kept.join(', ')}`] : []),
    ],
    code: exit.ok,
    destroy: async () => {
      // What takes long comes first: as long as the stack is there, the same command goes on where it was cut off.
      for (const one of doomed) await withBucket(one, emptyBucket, 'emptied', operator)
      await destroyStacks(found, operator.during, operator.world)
      // The name last: while CloudFront leads to it, nobody else may have it. Logs may have come meanwhile.
      for (const one of doomed) await withBucket(one, deleteBucket, 'deleted', operator)
      const regions = [...new Set(stacks.map(({ region }) => region))]
      const ended = await endAlarmsOfGoneFunctions(
        name,
        regions.map((region) => ({ region })),
      )
      const left = [...ended, ...found.flatMap((one) => one.left ?? [])]
      return { json: { target: 'aws', deleted, kept, left }, lines: () => left, code: exit.ok }
    },
  }
}

/** Does one thing with a bucket, and shows how far it is. */
async function withBucket(
  { bucket, region }: Bucket,
  work: typeof deleteBucket,
  did: string,
  { during, world: { signal } }: Operator,
): Promise<void> {
  await during(
    'bucket',
    (task) => work(bucket, region, { signal, onDeleted: (count) => task.say(`${count} versions deleted`) }),
    () => `${bucket} ${did}`,
  )
}

const notThere = (stacks: readonly Placed[], account: string, wanted: readonly string[]): OperatorError =>
  new OperatorError(
    stacks.map(({ stack }) => stack).join(', '),
    `is not there (account ${account}, ${[...new Set(stacks.map(({ region }) => region))].join(', ')})`,
    [
      'edge plan --target aws',
      ...wanted.map((one) => `was ${one} left? the console of S3 empties it of its versions, and deletes it`),
    ],
  )

const noBucket = (one: string, buckets: readonly Bucket[]): OperatorError =>
  new OperatorError(
    '--bucket',
    `"${one}" is unknown`,
    `known: ${buckets.map(({ bucket }) => bucket).join(', ')}`,
    exit.usage,
  )
