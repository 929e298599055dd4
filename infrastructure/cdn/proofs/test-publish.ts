import { testWorld } from '../../../test/world.ts'
import { goLive, keepForOpenTabs } from '../releases/go-live.ts'
import type { Release } from '../releases/release.ts'
import { stageOnDisk } from '../releases/stage-on-disk.ts'
import { readTree } from '../releases/tree.ts'

/** Publishes a folder without an edge in front of it. */
export async function publishNow(
  folder: string,
  site: string,
  now = new Date(),
  hashedFolders: readonly string[] = [],
): Promise<Release> {
  const { world } = testWorld()
  const origin = { by: 'tester', hashedFolders }
  const { release } = await stageOnDisk({ folder, tree: await readTree(folder) }, site, origin, {
    ...world,
    now: () => now,
  })
  await keepForOpenTabs(site, release)
  await goLive(site, release, { how: 'publish', by: origin.by, at: () => now })
  return release
}
