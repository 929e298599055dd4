import { switchOnAws } from '../../../infrastructure/cdn/aws/publish.ts'
import { releaseBefore } from '../../../infrastructure/cdn/releases/layout.ts'
import { operatorName } from '../../../infrastructure/cdn/releases/origin.ts'
import { exit } from '../../core/errors.ts'
import { words } from '../words.ts'
import { chosen } from '../rollback.ts'
import { ProgressScreen } from '../screen/progress.ts'
import type { VerbRun } from '../verbs.ts'
import { openSite, seenFromOutside, whileSwitching } from './site.ts'

/** Makes an earlier release the live one. */
export const rollback: VerbRun = async (world, positional, options) => {
  const by = operatorName(world)
  const { site } = await openSite(world, options)
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const { store } = site
  try {
    const flip = await whileSwitching(site, { verb: 'rollback', by, world }, async () => {
      const [all, live, history, switchingTo] = await Promise.all([
        store.releases(),
        store.live(),
        store.flips(),
        store.switchingTo(),
      ])
      const named = words(positional)[0]
      // While another one was being made live, the live one is the one before, and visitors may not have it.
      const wanted =
        switchingTo === undefined
          ? chosen(all, live, releaseBefore(all, live, history), named)
          : chosen(all, undefined, live, named)
      return screen.during(
        'roll back',
        () => switchOnAws(site, wanted, { how: 'rollback', by }, world),
        seenFromOutside,
      )
    })
    if (json) world.stdout.write(`${JSON.stringify({ release: flip.release, flip }, undefined, 2)}\n`)
    else {
      const undo = flip.before === flip.release ? '' : `; edge rollback ${flip.before ?? ''} undoes it`
      world.stdout.write(`\n  ${flip.release} is live${undo}\n`)
    }
    return exit.ok
  } finally {
    screen.close()
    store.close()
  }
}
