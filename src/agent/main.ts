import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { Cron } from 'croner'
import type { Client } from 'pg'
import type { JudgementJson } from '../core/verify.ts'
import { aborted, stayConnected } from './client.ts'
import { type Beat, countedHeartbeats, plainHeartbeats } from './heartbeat.ts'
import { type LastRuns, lastRuns } from './last-runs.ts'
import type { AgentSettings } from './settings.ts'

/**
 * The one long-running process of edge: holds the pool at its minimum, writes the heartbeats, and runs the
 * verification by the clock (which keeps the history and fills the inbox).
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
      await runCommand(job.command, signal)
      if (job.measures) await runCommand(job.measures.judge, signal)
      if (!signal.aborted) await ran.note(job.name, begun)
    }),
  }))
  const beat = beatOf(settings, signal)
  const connections = [
    ...settings.keepAlive.map((address) =>
      stayConnected(address, signal, async (_client, lost) => {
        await writeFile(settings.readyFile, `${process.pid}\n`, { mode: 0o600 })
        await aborted(lost)
      }),
    ),
    stayConnected(settings.writer, signal, (client, lost) => heartbeat(client, settings, beat, lost)),
  ]
  console.log('the agent is at work')
  await Promise.all([...connections, runDue(jobs, ran, settings, signal)])
  for (const { cron } of jobs) cron.stop()
}

const longestPauseMs = 24 * 3_600_000

/**
 * Runs a job before its hour as long as what it measures is only declared: on a new instance, or after a change. And after
 * its hour where the machine slept or was off meanwhile.
 */
async function runDue(
  jobs: readonly (AgentSettings['jobs'][number] & { readonly measured: readonly string[]; readonly cron: Cron })[],
  ran: LastRuns,
  { verdictsFile, looksEveryMs }: AgentSettings,
  signal: AbortSignal,
): Promise<void> {
  // Written by an older version, which knew of no such look.
  if (!Number.isFinite(looksEveryMs)) return
  for (let pauseMs = looksEveryMs; ;) {
    await wait(pauseMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const declared = await declaredIn(verdictsFile)
    const due = jobs.filter((job) => job.measured.some((id) => declared.has(id)) || ran.missed(job, new Date()))
    for (const { cron } of due) if (!cron.isBusy()) await cron.trigger()
    // What was of no use will hardly be of any in a moment: a drill that fails is not tried all day long.
    pauseMs = due.length > 0 ? Math.min(2 * pauseMs, longestPauseMs) : looksEveryMs
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
async function heartbeat(client: Client, settings: AgentSettings, beat: Beat, lost: AbortSignal): Promise<void> {
  const suspected = new Set<number>()
  const healing = new Set<number>()
  while (!lost.aborted) {
    const wrong = await beat(client)
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

function beatOf({ counted, watches }: AgentSettings, signal: AbortSignal): Beat {
  const queries = watches.map(({ query }) => query)
  if (counted === undefined) return plainHeartbeats(queries)
  return countedHeartbeats(counted.folder, queries, () => void runCommand(counted.onLoss, signal))
}

/** Runs `edge` as a process of its own, so that the agent stays small between two runs. */
async function runCommand(
  [program, ...args]: AgentSettings['jobs'][number]['command'],
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  // What it says belongs to the log; the table of a verification is in the history.
  const stdout = args.includes('verify') ? 'ignore' : 'inherit'
  const child = spawn(program, args, { stdio: ['ignore', stdout, 'inherit'], signal })
  await new Promise<void>((resolve) => {
    child.once('error', (error) => {
      if (!signal.aborted) console.error(`edge ${args[1]} could not be run: ${error.message}`)
      resolve()
    })
    child.once('close', (code) => {
      console.log(`edge ${args[1]} ended with ${code}`)
      resolve()
    })
  })
}

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
const file = process.argv[2]
if (file === undefined) throw new Error('usage: agent FILE')
// Rendered by src/agent/engine.ts from the same type.
await run(JSON.parse(await readFile(file, 'utf8')) as AgentSettings, stop.signal)
