import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../src/core/errors.ts'
import { momentOf } from '../moment.ts'
import { restoreDatabase } from '../restore.ts'
import { restoredCopy, startRestored } from '../restored-server.ts'
import type { Dated } from './test-dated.ts'

/** The newest day that a copy of a moment knows, with what happened on it; or what was said where there is no copy. */
export type Restored = {
  readonly what: string
  readonly to: string
  readonly day?: number
  readonly rows?: readonly string[]
  readonly error?: string
}

export async function restored(
  { backups, world }: Dated,
  what: string,
  to: string,
  from: 1 | 2 = 1,
): Promise<Restored> {
  const into = join(backups.state, 'copy')
  try {
    const wanted = { to: momentOf(to, world.now()), folder: into, from }
    await restoreDatabase(backups, wanted, world, () => undefined)
    const server = await startRestored(restoredCopy(into), {}, backups.paths.sockets, world)
    const client = await server.connect('app')
    const { rows } = await client.query<{ day: number; what: string }>(
      'select day, what from days where day = (select max(day) from days) order by what',
    )
    await client.end()
    await server.stop('fast')
    return { what, to, day: rows[0]?.day ?? -1, rows: rows.map((row) => row.what) }
  } catch (error) {
    return { what, to, error: messageOf(error) }
  } finally {
    await rm(into, { recursive: true, force: true })
  }
}
