import { join } from 'node:path'
import type { Client } from 'pg'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { postmasterOf } from '../../src/engines/postmaster.ts'
import { readText, writeAtomically } from '../../src/targets/local/files.ts'
import { valueOf } from './backups.ts'
import type { CatalogEntry } from './catalog.ts'
import { lastWords, type RestoredCopy, type RestoredServer, startRestored } from './restored-server.ts'

/** The settings that a server which recovers needs at least as high as the one that wrote the log. */
type Highest = Readonly<Record<string, number>>

/** The highest of what recovery needs, of all backups. */
export function highestOf(catalog: readonly CatalogEntry[]): Highest {
  const highest: Record<string, number> = {}
  for (const { database } of catalog)
    for (const [name, value] of Object.entries(database.recovery)) highest[name] = Math.max(value, highest[name] ?? 0)
  return highest
}

/** What a server said that it needs more of, and has less: a setting that was raised after every backup that is noted. */
export function lackingIn(log: string, settings: Highest): Highest {
  const more: Record<string, number> = {}
  const said = /(max_\w+) = \d+ is a lower setting than on the primary server, where its value was (\d+)/g
  for (const [, name = '', value] of log.matchAll(said))
    if (Number(value) > (settings[name] ?? 0)) more[name] = Math.max(Number(value), more[name] ?? 0)
  return more
}

const hasMore = (settings: Highest): boolean => Object.keys(settings).length > 0

/** What is waited for on a server that recovers; `lacks`: whether it stands still for want of a setting. */
export type Settle = (server: RestoredServer, lacks: () => Promise<boolean>) => Promise<void>

/**
 * Starts a server on a copy, and waits until it is where it is to be. One that stands still, or ends, because a setting was
 * raised between the backup and there goes on with that setting: it says `paused` as one does that has come to its second.
 */
export async function startSettled(
  copy: RestoredCopy,
  highest: Highest,
  socket: string,
  world: World,
  settle: Settle,
): Promise<RestoredServer> {
  let settings = highest
  const lacking = async (): Promise<Highest> => lackingIn((await readText(copy.log)) ?? '', settings)
  for (;;) {
    let server: RestoredServer | undefined
    try {
      server = await startRestored(copy, settings, socket, world)
      await settle(server, async () => hasMore(await lacking()))
      return server
    } catch (error) {
      await server?.stop('fast')
      const more = await lacking()
      if (!hasMore(more)) throw error
      settings = { ...settings, ...more }
    }
  }
}

const pollMs = 50
const raised = (): OperatorError =>
  new OperatorError('restore', 'a setting was raised since the backup', 'edge backup list shows what there is')

/** Undefined where the server answers nothing: it begins, or has ended. */
async function answerOf(server: RestoredServer, query: string): Promise<string | undefined> {
  const client = await server.connect('postgres').catch(() => undefined)
  if (!client) return undefined
  return valueOf(client, query)
    .catch(() => undefined)
    .finally(() => client.end().catch(() => undefined))
}

/** Waits until a recovery has come to its second, and stands there. Throws OperatorError where the logs end before it. */
export const untilReached =
  (copy: RestoredCopy, world: World): Settle =>
  async (server, lacks) => {
    for (;;) {
      const state = await answerOf(server, 'select pg_get_wal_replay_pause_state() as value')
      if (state === 'paused' && (await lacks())) throw raised()
      if (state === 'paused') return
      await requireRunning(copy)
      await world.sleep(pollMs)
    }
  }

/** By its process: one that was killed leaves its lock file, and would be waited for without end, with the turn of all backups. */
async function requireRunning(copy: RestoredCopy): Promise<void> {
  if ((await postmasterOf(copy.data)) !== undefined) return
  throw new OperatorError('restore', `the recovery did not come to its time: ${await lastWords(copy)}`, [
    'edge backup list shows how far the logs go',
  ])
}

/** Waits until a recovery has come to the end of the logs. */
export const untilEnded =
  (copy: RestoredCopy, world: World): Settle =>
  async (server, lacks) => {
    for (;;) {
      if ((await answerOf(server, 'select pg_is_in_recovery() as value')) === 'false') return
      if (await lacks()) throw raised()
      await requireRunning(copy)
      await world.sleep(pollMs)
    }
  }

/** Has a stopped copy recover on to the end of the logs when it is started again. */
export async function toTheEnd({ data }: RestoredCopy): Promise<void> {
  const file = join(data, 'postgresql.auto.conf')
  const text = (await readText(file)) ?? ''
  await writeAtomically(file, text.replaceAll(/^recovery_target(?!_timeline).*\n/gm, ''))
}

export async function promoted(client: Client, world: World): Promise<void> {
  while ((await valueOf(client, 'select pg_is_in_recovery() as value')) === 'true') await world.sleep(pollMs)
}
