import { heartbeatFolder, type Loss, noteLoss, noteSeen } from '../../src/targets/local/acknowledged.ts'
import type { Instance } from '../../src/core/instance.ts'
import type { World } from '../../src/core/world.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { addressesOf } from './addresses.ts'
import { lookAtHeartbeats } from './lost-writes.ts'

export async function noteAllSeen(folder: string, unseen: readonly Loss[], { now }: Pick<World, 'now'>): Promise<void> {
  for (const loss of unseen) {
    // What the agent has not met yet is noted here; it finds it then, and counts on.
    await noteLoss(folder, loss)
    await noteSeen(folder, loss, now())
  }
}

/** Those that nobody has seen, of what was acknowledged until then, in ms since 1970. */
export const unseenUntil = (losses: readonly Loss[], until: number): readonly Loss[] =>
  losses.filter(({ seen, acknowledged }) => seen === undefined && Date.parse(acknowledged.at) <= until)

/** Whoever restored an earlier moment knows that what came after it is gone, until the live database ended. */
export async function noteSeenLosses(instance: Instance, until: number, world: Pick<World, 'now'>): Promise<void> {
  const folder = heartbeatFolder(instance.state)
  const { superuser } = addressesOf(instance, tlsFiles(instance.state).ca)
  const found = await withClient({ ...superuser, database: 'app' }, (client) =>
    lookAtHeartbeats(folder, client, world.now()),
  )
  await noteAllSeen(folder, unseenUntil(found.losses, until), world)
}
