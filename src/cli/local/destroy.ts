import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { exit } from '../../core/errors.ts'
import type { Doomed } from '../../core/target.ts'
import type { World } from '../../core/world.ts'
import { lockInstance } from '../../targets/local/lock.ts'
import { lowPortsFolder } from '../../targets/local/low-ports.ts'
import { stopEverything } from '../../targets/local/stop.ts'
import { ProgressScreen } from '../screen/progress.ts'
import { openExisting } from '../session.ts'

/** What is deleted with an instance, and what does it. */
export async function doomed(world: World, options: Readonly<Record<string, unknown>>): Promise<Doomed> {
  const session = await openExisting(world, options)
  const { instance } = session
  const { name, state } = instance
  const losses = await whatIsDeleted(state, session.world)
  return {
    name,
    inScripts: 'edge destroy --yes',
    json: { instance: name, wouldDelete: losses },
    lines: () => [
      `This stops "${name}" and deletes ${state}, for good:`,
      ...losses.map(({ path, size }) => `  ${path.padEnd(14)}${size.padStart(8)}`),
    ],
    code: exit.ok,
    destroy: async () => {
      const screen = new ProgressScreen(world.stdout, { silent: options['json'] === true })
      const release = await lockInstance(state, 'destroy', world.now())
      try {
        await screen.during(
          'down',
          () => stopEverything(session.composed.plan, session),
          (count) => `${count} engines stopped`,
        )
        await screen.during(
          'destroy',
          () => deleteState(state),
          () => 'deleted',
        )
        const left = await leftOfRoot(name, state)
        return {
          json: { instance: name, deleted: losses, left },
          lines: () => left.map((path) => `  root's, and left: sudo rm -r ${path}`),
          code: exit.ok,
        }
      } finally {
        screen.close()
        await release()
      }
    },
  }
}

async function whatIsDeleted(state: string, world: World) {
  const ran = await world.run(['du', '-h', '-d', '1', state])
  const sizes = ran.stdout
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
  return sizes.flatMap(([size, path]) =>
    size === undefined || path === undefined || path === state ? [] : [{ path: path.slice(state.length + 1), size }],
  )
}

/** Root was given up long ago: what allows nginx the low ports is root's, and so is the folder of the state. */
async function leftOfRoot(name: string, state: string): Promise<readonly string[]> {
  const places = [lowPortsFolder(name), state]
  const there = await Promise.all(places.map((place) => stat(place).catch(() => undefined)))
  return places.filter((_, index) => there[index])
}

/** The marker goes last: a deletion that was killed halfway is still known as this instance's, and can be repeated. */
async function deleteState(state: string): Promise<void> {
  const entries = await readdir(state)
  for (const entry of entries.filter((name) => name !== 'instance.json' && name !== 'run')) {
    await rm(join(state, entry), { recursive: true, force: true })
  }
  await rm(join(state, 'run'), { recursive: true, force: true })
  await rm(join(state, 'instance.json'), { force: true })
  // Its parent may be root's, and this process is not root any more; an empty directory is no instance.
  await rmdir(state).catch(() => undefined)
}
