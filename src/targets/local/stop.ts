import { join } from 'node:path'
import { OperatorError } from '../../core/errors.ts'
import { isAlive } from '../../core/process.ts'
import { levels } from '../../core/graph.ts'
import type { Instance } from '../../core/instance.ts'
import type { Plan } from '../../core/plan.ts'
import type { World } from '../../core/world.ts'
import { readText } from './files.ts'
import type { Supervisor } from './s6.ts'

const postmasterEndsWithinMs = 60_000

/**
 * Stops every engine, those first on which nothing stands, then the supervisor. Answers how many ran. PostgreSQL is
 * waited for by itself: it is no child of its supervisor, and data that is still being written must not be touched.
 */
export async function stopEverything(
  plan: Plan,
  { instance, supervisor, world }: { instance: Instance; supervisor: Supervisor; world: World },
): Promise<number> {
  const services = await supervisor.services()
  const running = await Promise.all(services.map((name) => supervisor.status(name)))
  const postmasters = await Promise.all(
    services.map(async (name) => ({ name, pid: await postmasterOf(instance, name) })),
  )
  const order = levels(plan)
    .map((level) => level.map((part) => part.name).filter((name) => services.includes(name)))
    .filter((level) => level.length > 0)
    .toReversed()
  await supervisor.stop(order)
  const deadline = Date.now() + postmasterEndsWithinMs
  for (const { name, pid } of postmasters) {
    if (pid === undefined) continue
    while (isAlive(pid)) {
      if (Date.now() > deadline) throw new OperatorError('postgres', `still runs (pid ${pid})`, `edge logs ${name}`)
      await world.sleep(50)
    }
  }
  return running.filter(({ up }) => up).length
}

async function postmasterOf(instance: Instance, name: string): Promise<number | undefined> {
  const text = await readText(join(instance.state, 'data', name, 'postmaster.pid'))
  const pid = Number(text?.split('\n')[0])
  return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined
}
