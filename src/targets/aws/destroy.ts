import { exit, OperatorError } from '../../core/errors.ts'
import type { ComponentName } from '../../core/guarantee.ts'
import type { Doomed } from '../../core/target.ts'
import { destroyStacks } from './apply.ts'
import { doomedStacks } from './choose.ts'
import { requireUnprotected } from './deletion-protection.ts'
import { deleteBucket, emptyBucket } from './delete-bucket.ts'
import { absent, describedStack, outputsOf } from './describe-stack.ts'
import { endAlarmsOfGoneFunctions } from './end-alarms.ts'
import type { AwsInstance, Operator } from './instance.ts'
import { looked } from './look-for-protection.ts'
import type { Placed } from './place.ts'
import { templateBucket } from './template-address.ts'
import { isThere } from './template-bucket.ts'

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
  const [outputs, states] = await Promise.all([outputsOf(stacks), Promise.all(stacks.map(standsAs))])
  const there = stacks.filter((_, index) => states[index] === 'there')
  const doomed = doomedStacks(there, named)
  const isNamed = ({ component }: Placed): boolean => named.length === 0 || named.includes(component)
  const found = stacks.filter(
    (one, index) => doomed.includes(one) || (states[index] === 'of which nothing is left' && isNamed(one)),
  )
  const wanted = operator.options.buckets
  const own = await templateBuckets(
    stacks,
    there.filter((one) => !found.includes(one)),
    { instance: name, account },
  )
  // A first deployment that failed leaves no stack, and may leave such a bucket.
  if (found.length === 0 && (own.length === 0 || wanted.length > 0)) {
    throw notThere(stacks.filter(isNamed), account, wanted)
  }
  const buckets = found.flatMap((one) => one.buckets(outputs).map((bucket) => ({ bucket, region: one.region })))
  for (const one of wanted) if (!buckets.some(({ bucket }) => bucket === one)) throw noBucket(one, buckets)
  requireUnprotected(await looked(doomed))
  const emptied = buckets.filter(({ bucket }) => wanted.includes(bucket))
  const kept = buckets.filter((one) => !emptied.includes(one)).map(({ bucket }) => bucket)
  const deleted = [...found.map(({ stack }) => stack), ...[...emptied, ...own].map(({ bucket }) => bucket)]
  return {
    name,
    inScripts: `edge destroy ${named.map((one) => `${one} `).join('')}--target aws --yes`,
    json: { target: 'aws', wouldDelete: deleted, kept },
    lines: () => [
      ...found.map(
        (one) =>
          `This deletes the stack ${one.stack} (account ${account}, ${one.region})${doomed.includes(one) ? meaning(one) : ''}.`,
      ),
      ...emptied.map(({ bucket }) => `Deleted with every version of what is in it: ${bucket}`),
      ...own.map(({ bucket }) => `Deleted with the templates in it: ${bucket}`),
      ...(kept.length > 0 ? [`Left, with what is in them: ${kept.join(', ')}`] : []),
    ],
    code: exit.ok,
    destroy: async () => {
      // What takes long comes first: as long as the stack is there, the same command goes on where it was cut off.
      for (const one of emptied) await withBucket(one, emptyBucket, 'emptied', operator)
      // Before the stacks: once they are gone, the same command again has nothing to delete.
      for (const one of own) await withBucket(one, deleteBucket, 'deleted', operator)
      await destroyStacks(found, operator.during, operator.world)
      // The name last: while CloudFront leads to it, nobody else may have it. Logs may have come meanwhile.
      for (const one of emptied) await withBucket(one, deleteBucket, 'deleted', operator)
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

const meaning = ({ deletion }: Placed): string => (deletion === undefined ? '' : `: ${deletion}`)

/** What there is of a stack: its first deployment may have failed, or never begun, and CloudFormation keeps its name. */
async function standsAs({ stack, region }: Placed): Promise<'there' | 'of which nothing is left' | undefined> {
  const found = await describedStack(stack, region)
  if (found === undefined || found.status === 'DELETE_COMPLETE') return undefined
  return absent.has(found.status) ? 'of which nothing is left' : 'there'
}

/** The buckets of large templates in regions where no stack stays. */
async function templateBuckets(
  stacks: readonly Placed[],
  staying: readonly Placed[],
  of: { readonly instance: string; readonly account: string },
): Promise<readonly Bucket[]> {
  const regions = [...new Set(stacks.map(({ region }) => region))]
  const empty = regions.filter((region) => !staying.some((one) => one.region === region))
  const possible = empty.map((region) => ({ bucket: templateBucket({ ...of, region }), account: of.account, region }))
  const found = await Promise.all(possible.map(isThere))
  return possible.filter((_, index) => found[index])
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
