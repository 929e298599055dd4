import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, OperatorError } from '../../core/errors.ts'
import { makePrivateDirectory, readText, syncDirectory, writeAtomically } from './files.ts'

// Read by the agent as well, a process that runs all the time: a schema of zod's would cost it 15 MB.

/** One heartbeat: its number in the count, and the database's own time of it. */
export type Heartbeat = { readonly number: number; readonly at: string }

/** The newest heartbeat whose commit was acknowledged; kept outside the database, which must never have less. */
export type Acknowledged = Heartbeat & {
  readonly timeline: number
  readonly lsn: string
  /** When the count began: of what was before, nothing is known. */
  readonly since: string
}

/** The database had less than what it had acknowledged. */
export type Loss = {
  readonly acknowledged: Acknowledged
  /** The newest heartbeat that was left; null where there was none. */
  readonly left: Heartbeat | null
  readonly found: string
  /** The timeline that the database was on by then. */
  readonly timeline: number
  /** When an operator said that they know of it. */
  readonly seen?: string
}

/** Where both are kept: no restore, failover or rewind of the database touches them. */
export const heartbeatFolder = (state: string): string => join(state, 'agent')
const acknowledgedFile = (folder: string): string => join(folder, 'heartbeat.json')
const lossesFolder = (folder: string): string => join(folder, 'losses')
/** The number that the database fell below names a loss: the count goes on above it. */
const lossFile = (folder: string, { acknowledged }: Loss): string =>
  join(lossesFolder(folder), `${acknowledged.number}.json`)

/** Undefined before the first one. Throws OperatorError where it is there and cannot be read. */
export async function acknowledgedIn(folder: string): Promise<Acknowledged | undefined> {
  const next = `nobody can tell whether writes were lost; rm ${acknowledgedFile(folder)}: the agent begins a new count`
  return read(acknowledgedFile(folder), isAcknowledged, next)
}

/**
 * Only what was acknowledged may be written down: called after the commit. A reader, or a machine that loses power, sees
 * the old note or the new one. Twelve times a minute for good: the agent has nothing else to do meanwhile, and a thread
 * for each of the five steps would double what it costs.
 */
export function writeAcknowledged(folder: string, acknowledged: Acknowledged): void {
  const aside = join(folder, '.heartbeat.new')
  const file = openSync(aside, 'w', 0o600)
  try {
    writeSync(file, `${JSON.stringify(acknowledged)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(aside, acknowledgedFile(folder))
}

/** Every loss that was ever found, the oldest first. Throws OperatorError where one cannot be read. */
export async function lossesIn(folder: string): Promise<readonly Loss[]> {
  const names = await readdir(lossesFolder(folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw unreadable(lossesFolder(folder), error.message, 'whose is it (ls -ld)?')
  })
  const losses = await Promise.all(
    names.filter((name) => /^\d+\.json$/.test(name)).map((name) => readLoss(folder, name)),
  )
  return losses.flatMap((loss) => loss ?? []).toSorted((a, b) => a.acknowledged.number - b.acknowledged.number)
}

function readLoss(folder: string, name: string): Promise<Loss | undefined> {
  const path = join(lossesFolder(folder), name)
  return read(path, isLoss, `it notes a loss of acknowledged writes; rm ${path} once you know of it`)
}

/**
 * Writes a loss down before the count goes on above it, which would hide it. One that is known stays as it is, and as
 * seen as it is, unless more is gone by now.
 */
export async function noteLoss(folder: string, loss: Loss): Promise<void> {
  const known = (await lossesIn(folder)).find((one) => coveredBy(loss, one))
  if (known) return
  await makePrivateDirectory(lossesFolder(folder))
  await writeAtomically(lossFile(folder, loss), `${JSON.stringify(loss)}\n`)
  await syncDirectory(lossesFolder(folder))
}

/** Notes that an operator knows of it. */
export const noteSeen = (folder: string, loss: Loss, now: Date): Promise<void> =>
  writeAtomically(lossFile(folder, loss), `${JSON.stringify({ ...loss, seen: now.toISOString() })}\n`)

/** Whether a loss is the one that was noted, or a smaller one from the same height. */
export const coveredBy = (loss: Loss, noted: Loss): boolean =>
  noted.acknowledged.number === loss.acknowledged.number && (noted.left?.number ?? -1) <= (loss.left?.number ?? -1)

async function read<Value>(
  path: string,
  isOne: (value: unknown) => value is Value,
  next: string,
): Promise<Value | undefined> {
  const text = await readText(path).catch((error: unknown) => {
    throw unreadable(path, messageOf(error), next)
  })
  if (text === undefined) return undefined
  const value = parsed(text)
  if (!isOne(value)) throw unreadable(path, 'it is damaged', next)
  return value
}

const unreadable = (path: string, why: string, next: string): OperatorError =>
  new OperatorError(path, `${path} cannot be read: ${why}`, next)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const has = <Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> =>
  typeof value === 'object' && value !== null && name in value

const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value))

const isHeartbeat = (value: unknown): value is Heartbeat =>
  has(value, 'number') && Number.isSafeInteger(value.number) && has(value, 'at') && isTime(value.at)

const isAcknowledged = (value: unknown): value is Acknowledged =>
  isHeartbeat(value) &&
  has(value, 'timeline') &&
  Number.isSafeInteger(value.timeline) &&
  has(value, 'lsn') &&
  typeof value.lsn === 'string' &&
  has(value, 'since') &&
  isTime(value.since)

const isLoss = (value: unknown): value is Loss =>
  has(value, 'acknowledged') &&
  isAcknowledged(value.acknowledged) &&
  has(value, 'left') &&
  (value.left === null || isHeartbeat(value.left)) &&
  has(value, 'found') &&
  isTime(value.found) &&
  has(value, 'timeline') &&
  (!has(value, 'seen') || isTime(value.seen))
