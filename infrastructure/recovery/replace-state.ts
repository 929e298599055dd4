import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lockInstance } from '../../src/targets/local/lock.ts'
import { compareTables, showDifferences } from '../backup/compare.ts'
import { liveState, requireReplaceable, swapState } from '../backup/replace-state.ts'
import { restoreState } from '../backup/restore-state.ts'
import { removeUnfinished } from '../backup/restored-server.ts'
import type { Replace } from './replace-database.ts'

/** The schema of the application's state alone; all else of the database stays as it is. */
export const replaceState: Replace = async ({ composed: { backups }, world, instance }, screen, wanted, ask) => {
  const folder = join(backups.state, 'data', 'restored-state')
  await removeUnfinished(join(folder, 'recovered'), world)
  await rm(folder, { recursive: true, force: true })
  try {
    const { file, to, found, shape } = await screen.during(
      'restore',
      (task) => restoreState(backups, { ...wanted, folder }, world, task.say),
      (one) => `${one.tables} tables, as of ${one.to}`,
    )
    await requireReplaceable(backups, shape)
    showDifferences(compareTables(found, await liveState(backups)), screen)
    screen.close()
    if (!(await ask())) return undefined
    const release = await lockInstance(instance.state, 'restore state', world.now())
    const aside = await swapState(backups, { dump: file, folder }, world).finally(release)
    screen.line(`  the state is as of ${to}`)
    if (aside !== undefined) {
      screen.line(`  what was live before is the schema ${aside}`)
      screen.line(`  when nobody needs it any more: drop schema ${aside} cascade`)
    }
    return { replaced: true, to, tables: Object.keys(found).length, aside: aside ?? null }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
