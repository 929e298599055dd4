import { seenFromOutside, switchOnAws, whileSwitching } from '../cdn/aws/switch.ts'
import { operatorName } from '../cdn/releases/origin.ts'
import { exit } from '../../src/core/errors.ts'
import { words } from '../../src/core/options.ts'
import { choose } from './chosen-release.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import type { VerbRun } from '../../src/core/verb.ts'
import { openFromOutside } from './site-on-aws.ts'

/** Makes an earlier release the live one. */
export const rollbackOnAws: VerbRun = async (world, positional, options) => {
  const by = operatorName(world)
  const { site } = await openFromOutside(world, options)
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const { store } = site
  try {
    const flip = await whileSwitching(site, { verb: 'rollback', by, world }, async () => {
      const { wanted } = await choose(store, words(positional)[0])
      return screen.during(
        'roll back',
        () => switchOnAws(site, wanted, { how: 'rollback', by }, world),
        seenFromOutside,
      )
    })
    if (json) world.stdout.write(`${JSON.stringify({ release: flip.release, flip }, undefined, 2)}\n`)
    else {
      const undo = flip.before === flip.release ? '' : `; edge rollback ${flip.before ?? ''} --target aws undoes it`
      world.stdout.write(`\n  ${flip.release} is live${undo}\n`)
    }
    return exit.ok
  } finally {
    screen.close()
    store.close()
  }
}
