import { randomUUID } from 'node:crypto'
import { BaseCredentials, type IoMessage, MemoryContext, StackSelectionStrategy, Toolkit } from '@aws-cdk/toolkit-lib'
import { BootstraplessSynthesizer, Stack as EmptyStack, type IStackSynthesizer } from 'aws-cdk-lib/core'
import { Interrupted, messageOf, OperatorError } from '../../core/errors.ts'
import { appAt, type Define, inFolder, type TemplateContent } from './assembly.ts'
import { type Agreed, requirePlanned } from './change-set.ts'
import type { Resource } from './deletion-protection.ts'
import { statusOf } from './describe-stack.ts'
import { onEmulator } from './on-emulator.ts'
import { type Goal, deleted, deployed, leftAs, unseen } from './stack-status.ts'
import { uploadTemplate } from './template-bucket.ts'
import { asSent } from './template-size.ts'
import { wayOut } from './way-out.ts'

/** How far CloudFormation is, for a live line. */
type Progress = (text: string) => void

type Stack = { readonly stack: string; readonly region: string; readonly component?: string | undefined }

/** What is done with a stack, who is told how far it is, and until when it is waited for. */
export type StackWork<Of extends Stack = Stack> = {
  readonly of: Of
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** What went wrong with one resource, in CloudFormation's words. */
type Failure = Resource & { readonly status: string; readonly reason: string }

/** What the toolkit tells of one event of a stack, as far as it is read here. */
type StackEvent = {
  readonly event?: {
    LogicalResourceId?: string
    PhysicalResourceId?: string
    ResourceType?: string
    ResourceStatus?: string
    ResourceStatusReason?: string
  }
}
const stackEvent = 'CDK_TOOLKIT_I5502'

/** Follows what CloudFormation does: says each step, remembers what failed first, and ends the wait when it is told to. */
class Watcher {
  readonly failures: Failure[] = []
  readonly #progress: Progress
  readonly #signal: AbortSignal
  #last = ''

  constructor({ progress, signal }: Omit<StackWork, 'of'>) {
    this.#progress = progress
    this.#signal = signal
  }

  readonly notify = (message: IoMessage<unknown>): Promise<void> => {
    // The toolkit takes no signal, and would go on to ask for as long as CloudFormation works. It says before each step and
    // at each look what it does, in messages of this level; nobody there waits for those of others, which would end Node.
    if (this.#signal.aborted && message.level === 'debug') return Promise.reject(new Interrupted())
    if (message.code !== stackEvent) return Promise.resolve()
    // The code says what the data is (CDK's list of codes).
    const { event } = message.data as StackEvent
    const { LogicalResourceId: resource = '', ResourceStatus: status = '', ResourceStatusReason: reason } = event ?? {}
    const { PhysicalResourceId: id = '', ResourceType: type = '' } = event ?? {}
    if (status.endsWith('_FAILED') && reason !== undefined) this.failures.push({ resource, id, type, status, reason })
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

type Assembly = Awaited<ReturnType<Toolkit['synth']>>

/** Gives the toolkit an app, and takes away what it wrote for that. */
async function withAssembly<Result>(toolkit: Toolkit, define: Define, use: (assembly: Assembly) => Promise<Result>) {
  return inFolder(async (outdir) => {
    const source = await toolkit.fromAssemblyBuilder(
      ({ outdir: at, context }) => {
        const app = appAt({ outdir: at ?? outdir, context: { ...context } })
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
    return use(assembly).finally(() => assembly.dispose())
  })
}

const every = { strategy: StackSelectionStrategy.ALL_STACKS } as const
/** The toolkit's own pace; each look counts against what an account may ask for. The emulator is done in seconds. */
const pollEveryMs = onEmulator() ? 250 : 2000

/**
 * Deploys a stack through a change set. Throws OperatorError with what failed first where CloudFormation rolled back: what
 * was there before is there again then. Throws Interrupted where it is not waited for: CloudFormation goes on. Answers whether
 * CloudFormation had anything to do.
 */
export const deployStack = (work: StackWork<Agreed>, define: Define): Promise<boolean> =>
  changeStack(work, define, deployed, async (toolkit, assembly) => {
    const changeSetName = `edge-${randomUUID()}`
    const how = { stacks: every, rollback: true, stackEventPollingInterval: pollEveryMs }
    // What a hand changed is no difference between two templates: without this, nothing is done about it.
    const revertDrift = work.of.drifts.length > 0
    const made = { method: 'change-set', changeSetName, execute: false, revertDrift } as const
    await uploadWhatIsLarge(assembly)
    await toolkit.deploy(assembly, { ...how, deploymentMethod: made })
    if (!(await requirePlanned(work.of, changeSetName))) return false
    await toolkit.deploy(assembly, { ...how, deploymentMethod: { method: 'execute-change-set', changeSetName } })
    return true
  })

/** The toolkit names the address of a large template to CloudFormation, and takes it that it lies there. */
async function uploadWhatIsLarge({ cloudAssembly }: Assembly): Promise<void> {
  for (const { template, environment, stackTemplateAssetObjectUrl: address } of cloudAssembly.stacks) {
    // Any to CDK, which has just written it: the sections of a template by their names.
    const text = asSent(template as TemplateContent)
    if (address !== undefined) await uploadTemplate({ ...environment, address, text })
  }
}

/** Deletes a stack; what it is told to retain stays. Throws as `deployStack` does. */
export const destroyStack = (work: StackWork): Promise<void> =>
  changeStack(work, nameOnly(work.of), deleted, async (toolkit, assembly) => {
    await toolkit.destroy(assembly, { stacks: every, stackEventPollingInterval: pollEveryMs })
  })

/** What is in a stack does not matter to its deletion; what it was made with may be gone by then. */
const nameOnly =
  ({ stack, region }: Stack): Define =>
  (app) => {
    // CDK's types are not written for exactOptionalPropertyTypes.
    const synthesizer = new BootstraplessSynthesizer() as IStackSynthesizer
    new EmptyStack(app, stack, { env: { region }, synthesizer })
  }

async function changeStack<Result>(
  work: StackWork,
  define: Define,
  goal: Goal,
  change: (toolkit: Toolkit, assembly: Assembly) => Promise<Result>,
): Promise<Result> {
  const watcher = new Watcher(work)
  const toolkit = toolkitFor(watcher)
  try {
    return await withAssembly(toolkit, define, (assembly) => change(toolkit, assembly))
  } catch (error) {
    // The toolkit may put what it was stopped by into an error of its own.
    if (work.signal.aborted) throw new Interrupted()
    if (error instanceof OperatorError) throw error
    throw await whyNot(goal, error, watcher, work.of)
  }
}

async function whyNot(goal: Goal, reason: unknown, { failures }: Watcher, one: Stack): Promise<OperatorError> {
  // What cannot be taken away again is no cause, however early CloudFormation tells it.
  const first = failures.find(({ status }) => status !== 'DELETE_FAILED') ?? failures[0]
  const because = first ? `${first.resource}: ${first.reason}` : messageOf(reason)
  const status = await statusInWords(one)
  const [left, next] = leftAs(goal, { ...one, status })
  const ways = failures.flatMap((failure) => wayOut(failure, one.region) ?? [])
  const hints = [`${one.stack}: ${status}; ${left}`, ...new Set(ways), next]
  return new OperatorError('aws', `it was not ${goal.done}. ${because}`, hints)
}

/** A stack's status; what was the reason of the failure (the network, a right) may be one not to know it, too. */
const statusInWords = ({ stack, region }: Stack): Promise<string> =>
  statusOf(stack, region).then(
    (found) => found?.status ?? 'is not there',
    () => unseen,
  )
