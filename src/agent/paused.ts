import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import type { AgentSettings } from './settings.ts'

type Pausable = NonNullable<AgentSettings['pausable']>

/**
 * Has the pool go on where it is paused and nobody holds it any more: `edge` and the process that held it for it were killed
 * together. Looks by the pool's console, as a paused pool answers nobody else.
 */
export async function watchPauses(
  client: Client,
  pausable: Pausable,
  goOn: () => Promise<void>,
  lost: AbortSignal,
): Promise<void> {
  for (let before = false; !lost.aborted;) {
    const forgotten = await isForgotten(client, pausable)
    // Once may be one that ends just now.
    if (forgotten && before) await goOn()
    before = forgotten
    await wait(pausable.looksEveryMs, undefined, { signal: lost }).catch(() => undefined)
  }
}

type Database = { readonly name: string; readonly paused: string | number; readonly pool_size: string | number }

async function isForgotten(client: Client, { databases, holder }: Pausable): Promise<boolean> {
  const all = (await client.query<Database>('show databases')).rows
  // A pause begins with a pool that opens no connection.
  const stands = ({ paused, pool_size: most }: Database): boolean => Number(paused) === 1 || Number(most) === 0
  if (!all.some((one) => databases.includes(one.name) && stands(one))) return false
  const clients = (await client.query<{ application_name: string | null }>('show clients')).rows
  return !clients.some(({ application_name: name }) => name === holder)
}
