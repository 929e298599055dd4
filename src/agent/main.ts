import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { Cron } from 'croner'
import type { Client } from 'pg'
import { aborted, stayConnected } from './client.ts'
import type { AgentSettings } from './settings.ts'

/**
 * The one long-running process of edge: holds the pool at its minimum, writes the heartbeat row, and runs the
 * verification by the clock (which keeps the history and fills the inbox).
 */
async function run(settings: AgentSettings, signal: AbortSignal): Promise<void> {
  await rm(settings.readyFile, { force: true })
  // Never two at once: the next one waits for its hour when this one takes long.
  const jobs = settings.jobs.map(
    ({ schedule, command }) => new Cron(schedule, { timezone: 'UTC', protect: true }, () => runJob(command, signal)),
  )
  const connections = [
    ...settings.keepAlive.map((address) =>
      stayConnected(address, signal, async (_client, lost) => {
        await writeFile(settings.readyFile, `${process.pid}\n`, { mode: 0o600 })
        await aborted(lost)
      }),
    ),
    stayConnected(settings.writer, signal, (client, lost) => heartbeat(client, settings, lost)),
  ]
  console.log('the agent is at work')
  await Promise.all(connections)
  for (const job of jobs) job.stop()
}

/**
 * Writes the time into one row, again and again: its age on a copy of the database is that copy's staleness. Between
 * two of them it looks at what must not stay as it is.
 */
async function heartbeat(client: Client, settings: AgentSettings, lost: AbortSignal): Promise<void> {
  const suspected = new Set<string>()
  while (!lost.aborted) {
    await client.query('update edge.heartbeat set at = clock_timestamp()')
    for (const { query, command } of settings.watches) {
      const { rows } = await client.query<{ wrong: boolean }>(query)
      // Once may be a change on its way; twice is one that does not come to its end by itself.
      const again = rows[0]?.wrong === true && suspected.has(query)
      if (rows[0]?.wrong === true && !again) suspected.add(query)
      else suspected.delete(query)
      if (again) await runJob(command, lost)
    }
    await wait(settings.heartbeatEveryMs, undefined, { signal: lost }).catch(() => undefined)
  }
}

/** Runs `edge` as a process of its own, so that the agent stays small between two runs. */
async function runJob(
  [program, ...args]: AgentSettings['jobs'][number]['command'],
  signal: AbortSignal,
): Promise<void> {
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
