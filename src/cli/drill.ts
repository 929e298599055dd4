import { exit } from '../core/errors.ts'
import { assertUnlocked } from '../targets/local/lock.ts'
import { unknown } from './components.ts'
import { words } from './words.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from './verb.ts'

/** Runs a measurement that takes minutes; the checks show its result from then on. */
export const drill: VerbRun = async (world, positional, options) => {
  const session = await openExisting(world, options)
  const [name = 'pool'] = words(positional)
  if (name !== 'pool') throw unknown('drill', name, ['pool'])
  // A pool that is being loaded would be measured by how busy the machine is.
  await assertUnlocked(session.instance.state, session.world, 'load-test')
  const screen = new ProgressScreen(world.stdout)
  try {
    for (const { title, measure } of session.composed.poolDrills) {
      await screen.during(
        title,
        () => measure(world),
        (ms) => `after ${(ms / 1000).toFixed(1)} s`,
      )
    }
    return exit.ok
  } finally {
    screen.close()
  }
}
