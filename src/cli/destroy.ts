import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { exit } from '../core/errors.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { lowPortsFolder } from '../targets/local/low-ports.ts'
import { stopEverything } from '../targets/local/stop.ts'
import { askForName } from './ask.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from '../core/verb.ts'

export const destroy: VerbRun = async (world, _positional, options) => {
  const session = await openExisting(world, options)
  const { instance } = session
  const json = options['json'] === true
  const losses = await whatIsDeleted(instance.state, session.world)
  if (!json) {
    world.stdout.write(`This stops "${instance.name}" and deletes ${instance.state}, for good:\n`)
    for (const { path, size } of losses) world.stdout.write(`  ${path.padEnd(14)}${size.padStart(8)}\n`)
  }
  if (options['dryRun'] === true) {
    if (json) world.stdout.write(`${JSON.stringify({ instance: instance.name, wouldDelete: losses })}\n`)
    return exit.ok
  }
  if (options['yes'] !== true) await askForName(instance.name, world, 'edge destroy --yes')
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const release = await lockInstance(instance.state, 'destroy', world.now())
  try {
    await screen.during(
      'down',
      () => stopEverything(session.composed.plan, session),
      (count) => `${count} engines stopped`,
    )
    await screen.during(
      'destroy',
      () => deleteState(instance.state),
      () => 'deleted',
    )
    const left = await leftOfRoot(instance.name, instance.state)
    if (json) world.stdout.write(`${JSON.stringify({ instance: instance.name, deleted: losses, left })}\n`)
    else for (const path of left) world.stdout.write(`  root's, and left: sudo rm -r ${path}\n`)
    return exit.ok
  } finally {
    screen.close()
    await release()
  }
}

async function whatIsDeleted(state: string, world: Parameters<VerbRun>[0]) {
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
