import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Judgement } from '../core/check.ts'
import { judgementJson, type JudgementJson } from '../core/verify.ts'
import { withLock } from '../targets/local/lock.ts'
import { parsedJson, readJson, readText, writeAtomically } from '../targets/local/files.ts'

const writtenNotification = z.object({ at: z.string(), id: z.string(), says: z.string(), next: z.string().optional() })

/** A message for the operator; nothing removes one. */
export type Notification = Readonly<z.output<typeof writtenNotification>>

/** Written by recordVerdicts below, in the form of judgementJson. */
const writtenVerdict = z.custom<JudgementJson>(
  (value) => z.object({ id: z.string(), verdict: z.enum(['kept', 'broken', 'notClaimed']) }).safeParse(value).success,
)

export const latestOf = (state: string): string => join(state, 'agent', 'verdicts.json')
const historyOf = (state: string): string => join(state, 'agent', 'history.ndjson')
export const inboxOf = (state: string): string => join(state, 'agent', 'inbox.ndjson')
/** The alarms that ring now. */
export const ringingOf = (state: string): string => join(state, 'agent', 'ringing.json')

const lockedWithinSeconds = 10

/** One line for each change of a verdict; a guarantee that stays as it is adds nothing. */
type Change = {
  readonly at: string
  readonly id: string
  readonly from: string
  readonly to: string
  readonly because?: string
}

/**
 * Keeps the newest verdict of each guarantee that there is (`promised`), adds what changed to the history, and puts a
 * notification into the inbox for each guarantee that broke or was mended. Two that verify at one moment write one after the
 * other: each would put the verdicts back that it has read.
 */
export async function recordVerdicts(
  state: string,
  judgements: readonly Judgement[],
  now: Date,
  promised: ReadonlySet<string>,
): Promise<void> {
  await withLock(`${latestOf(state)}.lock`, lockedWithinSeconds, () => recordNow(state, judgements, now, promised))
}

async function recordNow(
  state: string,
  judgements: readonly Judgement[],
  now: Date,
  promised: ReadonlySet<string>,
): Promise<void> {
  // Nobody verifies any more what an earlier version promised: broken once, it would be for ever.
  const before = (await latestVerdicts(state)).filter(({ id }) => promised.has(id))
  const after = new Map(before.map((verdict) => [verdict.id, verdict]))
  const changes: Change[] = []
  const notifications: Notification[] = []
  for (const verdict of judgements.map(judgementJson)) {
    const last = after.get(verdict.id)
    if (last && isLater(last, verdict, now)) continue
    after.set(verdict.id, verdict)
    if (last?.verdict === verdict.verdict) continue
    const because = verdict.because === undefined ? {} : { because: verdict.because }
    changes.push({
      at: verdict.measuredAt,
      id: verdict.id,
      from: last?.verdict ?? 'unknown',
      to: verdict.verdict,
      ...because,
    })
    const notification = notificationOf(verdict, last, now)
    if (notification) notifications.push(notification)
  }
  await appendLines(historyOf(state), changes)
  await appendLines(inboxOf(state), notifications)
  await writeAtomically(latestOf(state), `${JSON.stringify([...after.values()], undefined, 1)}\n`)
}

/** Measured since, by somebody who was done before; one of a time to come is of a clock that was set back. */
const isLater = (last: JudgementJson, verdict: JudgementJson, now: Date): boolean =>
  last.measuredAt > verdict.measuredAt && Date.parse(last.measuredAt) <= now.getTime() + lockedWithinSeconds * 1000

function notificationOf(verdict: JudgementJson, last: JudgementJson | undefined, now: Date): Notification | undefined {
  const at = now.toISOString()
  if (verdict.verdict === 'broken') {
    const next = verdict.next === undefined ? {} : { next: verdict.next }
    return { at, id: verdict.id, says: `broken: ${verdict.because ?? verdict.says}`, ...next }
  }
  return last?.verdict === 'broken'
    ? { at, id: verdict.id, says: `${verdict.verdict} again: ${verdict.says}` }
    : undefined
}

/** Tells the operator something that no verdict says. */
export const notify = (state: string, notification: Notification): Promise<void> =>
  appendLines(inboxOf(state), [notification])

async function appendLines(path: string, entries: readonly unknown[]): Promise<void> {
  if (entries.length === 0) return
  await appendFile(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 })
}

/** The newest verdict of each guarantee; empty before the first verification. */
export async function latestVerdicts(state: string): Promise<readonly JudgementJson[]> {
  // What is missing is measured anew; a damaged file must not stand in the way of that.
  return (await readJson(latestOf(state), z.array(writtenVerdict))) ?? []
}

/** The newest notifications, oldest first. */
export async function inbox(state: string, count: number): Promise<readonly Notification[]> {
  const lines = ((await readText(inboxOf(state))) ?? '').split('\n').filter(Boolean)
  return lines.slice(-count).flatMap((line) => parsedJson(line, writtenNotification) ?? [])
}

/** Written by the exporter, in the form of ringing.ts. */
const writtenRinging = z.record(z.string(), z.object({ id: z.string(), since: z.string() }))

/** The alarms that ring now, and since when. */
export async function ringingNow(state: string): Promise<readonly { readonly id: string; readonly since: string }[]> {
  return Object.values((await readJson(ringingOf(state), writtenRinging)) ?? {}).map(({ id, since }) => ({ id, since }))
}
