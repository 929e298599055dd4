import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { Cron } from 'croner'
import type { Client } from 'pg'
import type { JudgementJson } from '../core/verify.ts'
import { aborted, stayConnected } from './client.ts'
import { type Beat, countedHeartbeats, plainHeartbeats } from './heartbeat.ts'
import { type LastRuns, lastRuns } from './last-runs.ts'
import { watchNote } from './notes.ts'
import { watchPauses } from './paused.ts'
import type { AgentSettings } from './settings.ts'
import { tellerOf } from './tells.ts'

/**
 * The one long-running process of edge: holds the pool at its minimum, writes the heartbeats, and runs the
 * verification by the clock (which keeps the history and fills the inbox). A pause of the pool that nobody holds it ends,
 * and what a command that was killed has left changed is taken back.
 */
async function run(settings: AgentSettings, signal: AbortSignal): Promise<void> {
  await rm(settings.readyFile, { force: true })
  const ran = await lastRuns(settings, new Date())
  // Never two at once: the next one waits for its hour when this one takes long.
  const jobs = settings.jobs.map((job) => ({
    ...job,
    measured: job.measures?.guarantees ?? [],
    cron: new Cron(job.schedule, { timezone: job.zone ?? 'UTC', protect: true }, async () => {
      const begun = new Date()
      const code = await runCommand(job.command, signal, job.atMostMs)
      if (job.measures) await runCommand(job.measures.judge, signal)
      // What is to be done again where it failed is as good as missed.
      const isDone = code === 0 || job.again !== true
      if (isDone && !signal.aborted) await ran.note(job.name, begun)
    }),
  }))
  const beat = beatOf(settings, signal)
  const tell = tellerOf(settings.tells ?? [])
  const connections = [
    ...settings.keepAlive.map((address) =>
      stayConnected(address, signal, async (_client, lost) => {
        await writeFile(settings.readyFile, `${process.pid}\n`, { mode: 0o600 })
        await aborted(lost)
      }),
    ),
    stayConnected(settings.writer, signal, (client, lost) => heartbeat(client, settings, { beat, tell }, lost)),
  ]
  const { pausable } = settings
  if (pausable)
    connections.push(
      stayConnected(pausable.console, signal, (client, lost) =>
        watchPauses(client, pausable, async () => void (await runCommand(pausable.command, lost)), lost),
      ),
    )
  for (const note of settings.notes ?? [])
    connections.push(watchNote(note, async () => void (await runCommand(note.command, signal)), signal))
  console.log('the agent is at work')
  await Promise.all([...connections, runDue(jobs, ran, settings, signal)])
  for (const { cron } of jobs) cron.stop()
}

const longestPauseMs = 24 * 3_600_000
/** A full backup, or a standby that is cloned, may take hours. */
export const longestRunMs = 24 * 3_600_000
/** To take back what it has begun. */
const endsWithinMs = 60_000

type DueJob = AgentSettings['jobs'][number] & { readonly measured: readonly string[]; readonly cron: Cron }

/**
 * Runs a job before its hour as long as what it measures is only declared: on a new instance, or after a change. And after
 * its hour where the machine slept or was off meanwhile, or where it failed.
 */
async function runDue(
  jobs: readonly DueJob[],
  ran: LastRuns,
  { verdictsFile, looksEveryMs }: AgentSettings,
  signal: AbortSignal,
): Promise<void> {
  // Written by an older version, which knew of no such look.
  if (!Number.isFinite(looksEveryMs)) return
  const tried = new Map<DueJob, { readonly until: number; readonly pauseMs: number }>()
  for (;;) {
    await wait(looksEveryMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const declared = await declaredIn(verdictsFile)
    for (const job of jobs) {
      const isDue = job.measured.some((id) => declared.has(id)) || ran.missed(job, new Date())
      const { until, pauseMs } = tried.get(job) ?? { until: 0, pauseMs: looksEveryMs }
      if (!isDue) tried.delete(job)
      // By a clock that nobody sets.
      if (!isDue || job.cron.isBusy() || performance.now() < until) continue
      await job.cron.trigger()
      // What was of no use will hardly be of any in a moment: what fails is not tried all day long, and holds nothing else up.
      const next = Math.min(2 * pauseMs, longestPauseMs)
      tried.set(job, { until: performance.now() + next, pauseMs: next })
    }
  }
}

/** Guarantees that are kept as far as is declared; none where there is no such file yet, or a damaged one. */
async function declaredIn(verdictsFile: string): Promise<ReadonlySet<string>> {
  try {
    // Written by history.ts, whose own reading of it needs 15 MB more of a process that runs all the time.
    const verdicts = JSON.parse(await readFile(verdictsFile, 'utf8')) as readonly JudgementJson[]
    const found = verdicts.filter(({ verdict, evidence }) => verdict === 'kept' && evidence?.how === 'declared')
    return new Set(found.map(({ id }) => id))
  } catch {
    return new Set()
  }
}

/** Writes one heartbeat after the other, and heals what must not stay as it is. */
async function heartbeat(
  client: Client,
  settings: AgentSettings,
  { beat, tell }: { readonly beat: Beat; readonly tell: ReturnType<typeof tellerOf> },
  lost: AbortSignal,
): Promise<void> {
  const suspected = new Set<number>()
  const healing = new Set<number>()
  while (!lost.aborted) {
    const wrong = await beat(client)
    await tell(wrong.slice(settings.watches.length))
    for (const [index, { command }] of settings.watches.entries()) {
      // Once may be a change on its way; twice is one that does not come to its end by itself.
      const again = wrong[index] === true && suspected.has(index)
      if (wrong[index] === true && !again) suspected.add(index)
      else suspected.delete(index)
      if (!again || healing.has(index)) continue
      healing.add(index)
      // A standby may be cloned for an hour: the heartbeats go on meanwhile.
      void runCommand(command, lost).finally(() => healing.delete(index))
    }
    await wait(settings.heartbeatEveryMs, undefined, { signal: lost }).catch(() => undefined)
  }
}

function beatOf({ counted, watches, tells = [] }: AgentSettings, signal: AbortSignal): Beat {
  const queries = [...watches, ...tells].map(({ query }) => query)
  if (counted === undefined) return plainHeartbeats(queries)
  return countedHeartbeats(counted.folder, queries, () => void runCommand(counted.onLoss, signal))
}

/**
 * Runs `edge` as a process of its own, so that the agent stays small between two runs. Answers what it ended with; undefined
 * where it could not be run, or was ended. What hangs is ended: it would hold up all that is due after it.
 */
async function runCommand(
  [program, ...args]: AgentSettings['jobs'][number]['command'],
  signal: AbortSignal,
  atMostMs = longestRunMs,
): Promise<number | undefined> {
  if (signal.aborted) return undefined
  // What it says belongs to the log; the table of a verification is in the history.
  const stdout = args.includes('verify') ? 'ignore' : 'inherit'
  const child = spawn(program, args, { stdio: ['ignore', stdout, 'inherit'], signal })
  const over = setTimeout(() => {
    console.error(`edge ${args[1]} has not ended within ${atMostMs / 60_000} minutes, and is ended`)
    child.kill()
  }, atMostMs)
  const killed = setTimeout(() => child.kill('SIGKILL'), atMostMs + endsWithinMs)
  const code = await new Promise<number | undefined>((resolve) => {
    child.once('error', (error) => {
      if (!signal.aborted) console.error(`edge ${args[1]} could not be run: ${error.message}`)
      resolve(undefined)
    })
    child.once('close', (ended) => {
      console.log(`edge ${args[1]} ended with ${ended}`)
      resolve(ended ?? undefined)
    })
  })
  clearTimeout(over)
  clearTimeout(killed)
  return code
}

/** The agent, by the settings in a file, until it is told to stop. */
export async function agent(file: string): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
  // Rendered by src/agent/engine.ts from the same type.
  await run(JSON.parse(await readFile(file, 'utf8')) as AgentSettings, stop.signal)
}
