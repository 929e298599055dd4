import type { World } from '../../src/core/world.ts'
import { assertUnlocked } from '../../src/targets/local/lock.ts'
import { unreadyBecause } from '../../src/targets/local/ready.ts'
import type { AppEndpoint, AppProcess, Machine } from './endpoint.ts'

/** One that does not answer for its health, and what was seen instead. */
export type Silent = { readonly name: string; readonly because: string }

/** One that works at something long, or that its supervisor starts anew after a crash, answers at one of these. */
const tries = 4
const betweenTriesMs = 2000

/** The processes that do not answer for their health; none while a command is at work, which may be replacing them. */
export async function silentProcesses(
  { machine, api }: Pick<AppEndpoint, 'api'> & { readonly machine: Pick<Machine, 'state'> },
  world: World,
): Promise<readonly Silent[]> {
  const asked = await Promise.all((api?.own?.processes ?? []).map((one) => silence(one, world)))
  const silent = asked.filter((one) => one !== undefined)
  if (silent.length === 0) return []
  return assertUnlocked(machine.state, world).then(
    () => silent,
    () => [],
  )
}

async function silence({ name, probe }: AppProcess, world: World): Promise<Silent | undefined> {
  for (let left = tries; ; left -= 1) {
    const because = await unreadyBecause(probe, world)
    if (because === undefined) return undefined
    if (left === 1) return { name, because }
    await world.sleep(betweenTriesMs)
  }
}
