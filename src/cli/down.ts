import { exit } from '../core/errors.ts'
import { stopEverything } from '../targets/local/stop.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from '../core/verb.ts'

export const down: VerbRun = async (world, _positional, options) => {
  const session = await openExisting(world, options)
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const release = await lockInstance(session.instance.state, 'down', world.now())
  try {
    const stopped = await screen.during(
      'down',
      () => stopEverything(session.composed.plan, session),
      (count) =>
        count === 0
          ? `nothing of ${session.instance.name} ran`
          : `${count} engines of ${session.instance.name} stopped; the data stays`,
    )
    if (json) world.stdout.write(`${JSON.stringify({ instance: session.instance.name, stopped })}\n`)
    return exit.ok
  } finally {
    screen.close()
    await release()
  }
}
