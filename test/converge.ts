// Brings an instance to what its configuration says, as `edge deploy` does, without the verification after it: the
// sabotages look for themselves, at what they broke. A program of its own, for it becomes the engines' user for good.
import { apply, everything } from '../src/cli/apply.ts'
import { componentsNamed } from '../src/cli/components.ts'
import { ProgressScreen } from '../src/cli/screen/progress.ts'
import { openToChange } from '../src/cli/session.ts'
import { testWorld } from './world.ts'

const [config, named] = process.argv.slice(2)
const { world } = testWorld()
const screen = new ProgressScreen(world.stdout, { silent: true })
const session = await openToChange(world, { config }, 'deploy', screen, { k6: false })
try {
  await apply(session, named === undefined ? everything : { chosen: componentsNamed(named), skipped: [] }, screen)
} finally {
  screen.close()
  await session.release()
}
