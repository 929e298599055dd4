import { rm } from 'node:fs/promises'
import { BaseCredentials, type IoMessage, MemoryContext, StackSelectionStrategy, Toolkit } from '@aws-cdk/toolkit-lib'
import { messageOf, OperatorError } from '../../core/errors.ts'
import { appAt, type Define } from './assembly.ts'
import { statusOf } from './plan.ts'

/** How far CloudFormation is, for a live line. */
export type Progress = (text: string) => void

/** What went wrong with one resource, in CloudFormation's words. */
type Failure = { readonly resource: string; readonly reason: string }

/** What the toolkit tells of one event of a stack, as far as it is read here. */
type StackEvent = {
  readonly event?: { LogicalResourceId?: string; ResourceStatus?: string; ResourceStatusReason?: string }
}
const stackEvent = 'CDK_TOOLKIT_I5502'

/** Follows what CloudFormation does: says each step, and remembers what failed first. */
class Watcher {
  readonly failures: Failure[] = []
  readonly #progress: Progress
  #last = ''

  constructor(progress: Progress) {
    this.#progress = progress
  }

  readonly notify = (message: IoMessage<unknown>): Promise<void> => {
    if (message.code !== stackEvent) return Promise.resolve()
    // The code says what the data is (CDK's list of codes).
    const { event } = message.data as StackEvent
    const { LogicalResourceId: resource = '', ResourceStatus: status = '', ResourceStatusReason: reason } = event ?? {}
    if (status.endsWith('_FAILED') && reason !== undefined) this.failures.push({ resource, reason })
    const text = `${resource} ${status.toLowerCase().replaceAll('_', ' ')}`
    if (text !== this.#last) this.#progress(text)
    this.#last = text
    return Promise.resolve()
  }
}

function toolkitFor(watcher: Watcher): Toolkit {
  return new Toolkit({
    ioHost: {
      notify: watcher.notify,
      // What is asked was answered before the toolkit was loaded: by the plan.
      requestResponse: (message) => Promise.resolve(message.defaultResponse),
    },
    color: false,
    emojis: false,
    sdkConfig: { baseCredentials: BaseCredentials.awsCliCompatible() },
  })
}

/** Gives the toolkit the stacks of a configuration, and takes away what it wrote for that. */
async function withAssembly<Result>(
  toolkit: Toolkit,
  define: Define,
  outdir: string,
  use: (assembly: Awaited<ReturnType<Toolkit['synth']>>) => Promise<Result>,
): Promise<Result> {
  const source = await toolkit.fromAssemblyBuilder(
    ({ outdir: at, context }) => {
      const app = appAt({ ...(at === undefined ? {} : { outdir: at }), context: { ...context } })
      define(app)
      return Promise.resolve(app.synth())
    },
    {
      outdir,
      lookups: false,
      resolveDefaultEnvironment: false,
      clobberEnv: false,
      contextStore: new MemoryContext({}),
    },
  )
  const assembly = await toolkit.synth(source)
  try {
    return await use(assembly)
  } finally {
    await assembly.dispose()
    await rm(outdir, { recursive: true, force: true })
  }
}

const every = { strategy: StackSelectionStrategy.ALL_STACKS } as const
const pollEveryMs = 250

/**
 * Deploys the stacks through change sets. Throws OperatorError with what failed first where CloudFormation rolled back:
 * what was there before is there again then.
 */
export async function deployStacks(
  define: Define,
  stacks: readonly { readonly stack: string; readonly region: string }[],
  outdir: string,
  progress: Progress,
): Promise<void> {
  const watcher = new Watcher(progress)
  const toolkit = toolkitFor(watcher)
  try {
    await withAssembly(toolkit, define, outdir, (assembly) =>
      toolkit.deploy(assembly, {
        stacks: every,
        deploymentMethod: { method: 'change-set' },
        rollback: true,
        stackEventPollingInterval: pollEveryMs,
      }),
    )
  } catch (error) {
    throw await whyNotDeployed(error, watcher, stacks)
  }
}

async function whyNotDeployed(
  reason: unknown,
  { failures }: Watcher,
  stacks: readonly { readonly stack: string; readonly region: string }[],
): Promise<OperatorError> {
  const [first] = failures
  const because = first ? `${first.resource}: ${first.reason}` : messageOf(reason)
  const seen = await Promise.all(
    stacks.map(async ({ stack, region: at }) => [stack, await statusOf(stack, at)] as const),
  )
  const left = seen.map(([stack, found]) => `${stack}: ${found?.status ?? 'is not there'}`).join(', ')
  const stuck = seen.find(([, found]) => found?.status.endsWith('ROLLBACK_FAILED'))
  return new OperatorError('aws', `it was not deployed. ${because}`, [
    `${left}; ${stuck ? 'the way back failed, too' : 'what was there before is there again'}`,
    stuck
      ? `aws cloudformation continue-update-rollback --stack-name ${stuck[0]}, or edge destroy`
      : 'mend the cause, then edge plan and edge deploy again',
  ])
}

/** Deletes the stacks; what they are told to retain stays. */
export async function destroyStacks(define: Define, outdir: string, progress: Progress): Promise<void> {
  const watcher = new Watcher(progress)
  const toolkit = toolkitFor(watcher)
  await withAssembly(toolkit, define, outdir, (assembly) => toolkit.destroy(assembly, { stacks: every }))
}
