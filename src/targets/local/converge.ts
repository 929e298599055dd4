import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failures, Interrupted, machineError, messageOf, OperatorError } from '../../core/errors.ts'
import { assertSound, closure } from '../../core/graph.ts'
import type { Instance } from '../../core/instance.ts'
import type { Engine, Observation, Part, Plan, RenderedFile, Step } from '../../core/plan.ts'
import type { World } from '../../core/world.ts'
import { appliedStamp, stampOf, writeStamp } from './applied.ts'
import { ensureDirectories, inWords, unusableDirectories } from './directories.ts'
import { relieve, type Replaced } from './drain.ts'
import { isAsRendered, makePrivateDirectory, readText, writeAtomically } from './files.ts'
import { lastLines } from './log.ts'
import { unreadyBecause } from './ready.ts'
import { reload } from './reload.ts'
import { type Supervisor, supervisorPaths } from './s6.ts'
import { Turns } from './turns.ts'

/** What is done to bring one part to where it should be; `keep` is nothing at all. */
export type Action = 'keep' | 'start' | 'reload' | 'restart' | 'run'

export type Progress =
  | { readonly event: 'started'; readonly part: Part }
  /** An engine that has requests is about to be replaced; and was. */
  | { readonly event: 'draining'; readonly part: Engine }
  | { readonly event: 'replaced'; readonly part: Engine; readonly replaced: Replaced }
  | {
      readonly event: 'done'
      readonly part: Part
      readonly action: Action
      readonly detail: string
      readonly ms: number
    }
  | { readonly event: 'failed'; readonly part: Part; readonly error: unknown; readonly ms: number }
  | { readonly event: 'skipped'; readonly part: Part; readonly because: string }

export type Converger = {
  readonly instance: Instance
  readonly supervisor: Supervisor
  readonly world: World
  readonly report: (progress: Progress) => void
}

/** Who only looks has nothing to report. */
type Looker = Omit<Converger, 'report'>

/** Some of Patroni’s rounds (`failover.look`), which begin late on a busy machine. */
const settlesWithinMs = 10_000

/** An engine that was left alone must answer within this time, or it is started anew: it hangs, or it was stopped. */
const unchangedReadyWithinMs = 5000

/**
 * Brings what runs to what the plan says. Independent parts go side by side; a failed one stops only those that stand
 * on it. Everything is looked at first and done second, so a second run changes nothing, and a run that was killed
 * is taken up where it was. Throws what failed, all of it, after everything else has come to its end.
 */
export async function converge(plan: Plan, converger: Converger): Promise<readonly Action[]> {
  assertSound(plan)
  const outcomes = new Map<string, Promise<Action>>()
  const failures: { readonly part: Part; readonly error: unknown }[] = []
  const turns = new Turns(plan, converger.world)
  const follow = async (part: Part): Promise<Action> => {
    for (const name of part.after) {
      const before = await outcomes.get(name)?.then(
        () => undefined,
        () => name,
      )
      if (before !== undefined) {
        if (part.kind === 'engine') turns.decided(part)
        converger.report({ event: 'skipped', part, because: `${before} failed` })
        throw new Error(`${before} failed`)
      }
    }
    const begun = performance.now()
    converger.report({ event: 'started', part })
    try {
      const { action, detail } =
        part.kind === 'engine' ? await applyEngine(part, converger, turns) : await runStep(part, converger)
      converger.report({ event: 'done', part, action, detail, ms: performance.now() - begun })
      return action
    } catch (error) {
      failures.push({ part, error })
      if (!converger.world.signal.aborted) {
        converger.report({ event: 'failed', part, error, ms: performance.now() - begun })
      }
      throw error
    } finally {
      if (part.kind === 'engine') turns.decided(part)
    }
  }
  // Each promise is in the map before any of them looks for the one that it waits for.
  const begin = Promise.withResolvers<void>()
  for (const part of plan) {
    outcomes.set(
      part.name,
      begin.promise.then(() => follow(part)),
    )
  }
  begin.resolve()
  const settled = await Promise.allSettled(outcomes.values())
  if (converger.world.signal.aborted) throw new Interrupted()
  if (failures.length === 1) throw failures[0]?.error
  if (failures.length > 1) throw new Failures(failures.map(({ part, error }) => explained(part, error)))
  return settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'keep'))
}

/** Beside others, a mistake of ours must not hide what the operator can mend. */
function explained(part: Part, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return machineError(error) ?? new OperatorError(part.name, `a mistake of edge, not yours: ${stack}`, [])
}

export type Preview = { readonly part: Part; readonly action: Action; readonly why: string }

/**
 * What `edge plan` shows: what would be done to each part now, and why. Looks, and changes nothing. A step that stands
 * on an engine which does not run is not looked at: it would wait for that one.
 */
export async function preview(plan: Plan, converger: Converger): Promise<readonly Preview[]> {
  const engines = plan.filter((part) => part.kind === 'engine')
  const states = await Promise.all(engines.map((engine) => converger.supervisor.status(engine.name)))
  const down = engines.filter((_, index) => states[index]?.up !== true).map(({ name }) => name)
  return Promise.all(
    plan.map(async (part) => {
      if (part.kind === 'engine') return { part, ...decide(await observeEngine(part, converger), part) }
      const below = closure(plan, ({ name }) => name === part.name)
      const missing = below.find(({ name }) => down.includes(name))
      if (missing) return { part, action: 'run', why: `looked at once ${missing.name} runs` }
      const seen = await part.observe(converger.world).catch((error: unknown) => ({ missing: messageOf(error) }))
      return seen === 'done' ? { part, action: 'keep', why: '' } : { part, action: 'run', why: seen.missing }
    }),
  )
}

type EngineState = {
  readonly up: boolean
  readonly serviceIsAsRendered: boolean
  readonly changedFiles: readonly RenderedFile[]
  /** The running process has taken over exactly what the files say: false when killed between writing and reloading. */
  readonly applied: boolean
  /** In words, the directories that it cannot use; empty where there is none. */
  readonly unusable: string
}

async function observeEngine(engine: Engine, { instance, supervisor }: Looker): Promise<EngineState> {
  const [status, serviceIsAsRendered, asRendered, stamp, wanted, unusable] = await Promise.all([
    supervisor.status(engine.name),
    supervisor.isAsRendered(engine),
    Promise.all(engine.files.map(isAsRendered)),
    appliedStamp(instance.state, engine.name),
    stampOf(engine, instance),
    unusableDirectories(engine, instance.user.uid),
  ])
  return {
    up: status.up,
    serviceIsAsRendered,
    changedFiles: engine.files.filter((_, index) => !asRendered[index]),
    applied: stamp === wanted,
    unusable: inWords(unusable),
  }
}

/** Whether an engine runs with the command and the files that the configuration renders to now. */
export async function isAsConfigured(engine: Engine, converger: Looker): Promise<boolean> {
  const { up, serviceIsAsRendered, changedFiles } = await observeEngine(engine, converger)
  return up && serviceIsAsRendered && changedFiles.length === 0
}

function decide(state: EngineState, engine: Engine): { action: Action; why: string } {
  const files = state.changedFiles.map((file) => file.path).join(', ')
  if (!state.up) return { action: 'start', why: 'it does not run' }
  if (!state.serviceIsAsRendered) return { action: 'restart', why: 'its command or its environment changed' }
  if (state.changedFiles.length > 0) return { action: engine.reload ? 'reload' : 'restart', why: `changed: ${files}` }
  const anew = engine.reload ? 'reload' : 'restart'
  if (!state.applied) return { action: anew, why: 'it has not yet taken over its configuration' }
  if (state.unusable !== '') return { action: anew, why: state.unusable }
  return { action: 'keep', why: '' }
}

async function applyEngine(
  engine: Engine,
  converger: Converger,
  turns: Turns,
): Promise<{ action: Action; detail: string }> {
  const { instance, supervisor, world } = converger
  const state = await observeEngine(engine, converger)
  const { action } = decide(state, engine)
  await ensureDirectories(engine, instance.user.uid)
  if (state.changedFiles.length > 0) await judgeThenWrite(engine, state.changedFiles, world)
  const takeOver = async (): Promise<Action> => {
    // One that is down has no requests.
    const drain = action === 'restart' ? engine.drain : undefined
    if (drain) converger.report({ event: 'draining', part: engine })
    const relieved = drain && (await relieve(engine, drain, world))
    if (action === 'start' || !state.serviceIsAsRendered) await supervisor.install(engine)
    if (action === 'start') await supervisor.up(engine.name)
    if (action === 'restart' && state.serviceIsAsRendered) await supervisor.restart(engine.name)
    if (action === 'reload') await reload(engine, supervisor, world)
    const done = await waitUntilReady(engine, action, converger)
    // Always: a run that was killed may have left it without requests.
    await engine.drain?.putBack('as configured')
    if (relieved) converger.report({ event: 'replaced', part: engine, replaced: await relieved.ended() })
    if (action !== 'keep') await writeStamp(engine, instance)
    return done
  }
  const healed = action === 'restart' ? await turns.restart(engine, takeOver) : await takeOver()
  return { action: healed, detail: describe(healed) }
}

const describe = (action: Action): string =>
  ({ keep: 'runs', start: 'started', reload: 'reloaded', restart: 'restarted', run: 'done' })[action]

const stagedPath = (path: string): string => `${path}.staged`
/** A path where it stands as a whole, and not at the beginning of another one. */
const named = (path: string): RegExp => new RegExp(`${path.replaceAll(/[^\w/-]/g, String.raw`\$&`)}(?![\\w.-])`, 'g')

/** The engine itself accepts its configuration before anything of it is replaced. */
async function judgeThenWrite(engine: Engine, changed: readonly RenderedFile[], world: World): Promise<void> {
  for (const file of engine.files) await makePrivateDirectory(dirname(file.path))
  // What the judged file names must be there; a file that did not exist is nobody's configuration yet.
  for (const file of changed) {
    const isNew = file.path !== engine.judge?.file && (await readText(file.path)) === undefined
    if (isNew) await writeAtomically(file.path, file.content, file.mode)
  }
  const judged = changed.find((file) => file.path === engine.judge?.file)
  if (judged && engine.judge) {
    // Beside the real ones, so that what they name relative to themselves is found; and by what is to come of all of
    // them: a configuration that calls a function which its library does not have yet would be refused for ever.
    const others = changed.filter((file) => file !== judged)
    const content = others.reduce((text, { path }) => text.replaceAll(named(path), stagedPath(path)), judged.content)
    const staged = stagedPath(judged.path)
    for (const file of others) await writeAtomically(stagedPath(file.path), file.content, file.mode)
    await writeAtomically(staged, content, judged.mode)
    try {
      const ran = await world.run(engine.judge.command(staged))
      if (ran.code !== 0) {
        const [where, who] =
          engine.judge.field === undefined ? [engine.name, ''] : [engine.judge.field, `${engine.name} `]
        throw new OperatorError(where, `${who}refuses its configuration:\n${(ran.stderr || ran.stdout).trim()}`, [
          `nothing was changed; ${engine.name} goes on with the configuration that it had`,
        ])
      }
    } finally {
      for (const file of changed) await rm(stagedPath(file.path), { force: true })
    }
  }
  for (const file of changed) await writeAtomically(file.path, file.content, file.mode)
}

async function waitUntilReady(engine: Engine, action: Action, converger: Converger): Promise<Action> {
  if (action !== 'keep') {
    await untilReady(engine, converger)
    return action
  }
  if ((await unreadiness(engine, unchangedReadyWithinMs, converger)) === undefined) return 'keep'
  await converger.supervisor.restart(engine.name)
  await untilReady(engine, converger)
  return 'restart'
}

/** One that dies so often says in its log why; waiting longer brings nothing. */
const enoughDeaths = 3

const answeredByAnother = 'it does not run, and another program answers in its place'

/** Waits for an engine, and answers in words why it is not ready; undefined where it is. */
async function unreadiness(
  engine: Engine,
  withinMs: number,
  { world, supervisor }: Converger,
): Promise<string | undefined> {
  const begun = performance.now()
  const restartsBefore = (await supervisor.status(engine.name)).restarts
  for (let tries = 0; ; tries += 1) {
    const seen = await unreadyBecause(engine.ready, world)
    if (seen === undefined && (await supervisor.status(engine.name)).up) return undefined
    const waitedMs = performance.now() - begun
    if (waitedMs > withinMs) return `is not ready after ${shownSeconds(waitedMs)}: ${seen ?? answeredByAnother}`
    if (tries % 10 === 9) {
      const { restarts } = await supervisor.status(engine.name)
      const deaths = restarts - restartsBefore
      const ended = deaths === 0 ? undefined : await supervisor.lastEnd(engine.name)
      const last = ended === undefined ? '' : `, the last time ${ended}`
      if (deaths >= enoughDeaths)
        return `does not start: it ended ${deaths} times within ${shownSeconds(waitedMs)}${last}`
    }
    await world.sleep(50)
  }
}

const shownSeconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`

async function untilReady(engine: Engine, converger: Converger): Promise<void> {
  const why = await unreadiness(engine, engine.readyWithin.milliseconds, converger)
  if (why === undefined) return
  const directory = join(supervisorPaths(converger.instance.state).logs, engine.name)
  const said = await lastLines(join(directory, 'current'), 12)
  throw new OperatorError(engine.name, [why, ...said].join('\n'), [
    ...(engine.advice?.(said.join('\n')) ?? []),
    `its log: ${join(directory, 'current')}`,
    `edge logs ${engine.name} -f shows what it does now`,
  ])
}

async function runStep(step: Step, { world }: Converger): Promise<{ action: Action; detail: string }> {
  const before = await step.observe(world)
  if (before !== 'done') {
    await step.ensure(world, before)
    const after = await observedAfter(step, world)
    if (after !== 'done') throw new OperatorError(step.title, `was done, and still: ${after.missing}`, 'edge logs')
  }
  const detail = (await step.detail?.(world)) ?? (before === 'done' ? 'in place' : 'done')
  return { action: before === 'done' ? 'keep' : 'run', detail }
}

/**
 * What a step has done, as it is seen within some seconds: Patroni writes the settings of PostgreSQL in place, and a server
 * that reads half of the file says for one of Patroni's rounds that a parameter waits for a restart.
 */
export async function observedAfter(step: Step, world: World): Promise<Observation> {
  const begun = performance.now()
  for (;;) {
    const isLast = performance.now() - begun > settlesWithinMs
    const seen = await step.observe(world).catch((error: unknown) => {
      if (isLast || world.signal.aborted) throw error
      return undefined
    })
    if (seen === 'done' || (seen && isLast)) return seen
    await world.sleep(250)
  }
}
