import { switchOnAws } from '../cdn/aws/publish.ts'
import type { Switch } from '../cdn/aws/site-store.ts'
import { type Release, releaseBefore } from '../cdn/releases/layout.ts'
import { operatorName } from '../cdn/releases/origin.ts'
import { exit } from '../../src/core/errors.ts'
import { words } from '../../src/core/options.ts'
import { chosen } from './chosen-release.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import type { VerbRun } from '../../src/core/verb.ts'
import { openFromOutside } from './site-on-aws.ts'
import { seenFromOutside, whileSwitching } from '../cdn/aws/switching.ts'

/**
 * Where a rollback without a name leads after a switch that was cut off: over a publication back to the live release,
 * and over a rollback on to where that one went. The live one is what it was to get rid of.
 */
const afterCutOff = ({ to, how }: Switch, all: readonly Release[], live: Release | undefined): Release | undefined =>
  how === 'rollback' ? all.find(({ id }) => id === to) : live

/** Makes an earlier release the live one. */
export const rollbackOnAws: VerbRun = async (world, positional, options) => {
  const by = operatorName(world)
  const { site } = await openFromOutside(world, options)
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const { store } = site
  try {
    const flip = await whileSwitching(site, { verb: 'rollback', by, world }, async () => {
      const [all, live, history, cutOff] = await Promise.all([
        store.releases(),
        store.live(),
        store.flips(),
        store.cutOff(),
      ])
      const named = words(positional)[0]
      // While another one is being made live, visitors may not have the live one, and it may be named.
      const wanted = cutOff
        ? chosen(all, undefined, afterCutOff(cutOff, all, live), named)
        : chosen(all, live, releaseBefore(all, live, history), named)
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
