import { Cron } from 'croner'
import { messageOf } from '../core/errors.ts'
import type { Schedule } from '../core/job.ts'
import { readText, writeAtomically } from '../targets/local/files.ts'
import type { AgentSettings } from './settings.ts'

type Job = AgentSettings['jobs'][number]

/** When each job was run last, kept across a restart of the agent: what the machine slept over is done late. */
export type LastRuns = {
  readonly note: (job: string | undefined, at: Date) => Promise<void>
  readonly missed: (job: Job, now: Date) => boolean
}

/** A job that was never run is as good as run now: nothing of it was missed. */
export async function lastRuns({ ranFile, jobs }: AgentSettings, now: Date): Promise<LastRuns> {
  const known = ranFile === undefined ? {} : await read(ranFile)
  const names = jobs.flatMap(({ name }) => name ?? [])
  const ran = new Map(names.map((name) => [name, timeIn(known[name]) ?? now]))
  const write = async (): Promise<void> => {
    if (ranFile === undefined) return
    // On a full disk the jobs are run all the same.
    await writeAtomically(ranFile, `${JSON.stringify(Object.fromEntries(ran))}\n`).catch((error: unknown) =>
      console.error(`${ranFile}: ${messageOf(error)}`),
    )
  }
  await write()
  return {
    note: async (job, at) => {
      if (job === undefined) return
      ran.set(job, at)
      await write()
    },
    missed: ({ name = '', catchUp, schedule, zone }, at) => {
      const last = ran.get(name)
      return catchUp === true && last !== undefined && isMissed({ cron: schedule, zone: zone ?? 'UTC' }, last, at)
    },
  }
}

/** Nothing is known by a file that is not there, or damaged. */
async function read(file: string): Promise<Readonly<{ [name: string]: unknown }>> {
  try {
    const value: unknown = JSON.parse((await readText(file)) ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function timeIn(value: unknown): Date | undefined {
  const time = typeof value === 'string' ? new Date(value) : undefined
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time
}

/** So late its hour has passed; until then its own timer is about to ring. */
const lateByMs = 60_000

/** Whether its hour came and went since it was run last. */
export function isMissed({ cron, zone }: Schedule, ranLast: Date, now: Date): boolean {
  const due = new Cron(cron, { timezone: zone, paused: true }).nextRun(ranLast)
  return due !== null && due.getTime() + lateByMs <= now.getTime()
}
