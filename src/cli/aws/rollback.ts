import { switchOnAws } from '../../../infrastructure/cdn/aws/publish.ts'
import { releaseBefore } from '../../../infrastructure/cdn/releases/layout.ts'
import { operatorName } from '../../../infrastructure/cdn/releases/origin.ts'
import { exit } from '../../core/errors.ts'
import { words } from '../words.ts'
import { chosen } from '../rollback.ts'
import { ProgressScreen } from '../screen/progress.ts'
import type { VerbRun } from '../verbs.ts'
import { openSite } from './site.ts'

/** Makes an earlier release the live one. */
export const rollback: VerbRun = async (world, positional, options) => {
  const by = operatorName(world)
  const { site } = await openSite(world, options)
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const { store } = site
  try {
    const flip = await store.whileLocked('rollback', by, world.now, async () => {
      const [all, live, history] = await Promise.all([store.releases(), store.live(), store.flips()])
      const wanted = chosen(all, live, releaseBefore(all, live, history), words(positional)[0])
      return screen.during(
        'roll back',
        () => switchOnAws(site, wanted, { how: 'rollback', by }, world),
        ({ release }) => release,
      )
    })
    if (json) world.stdout.write(`${JSON.stringify({ release: flip.release, flip }, undefined, 2)}\n`)
    else world.stdout.write(`\n  ${flip.release} is live; edge rollback ${flip.before ?? ''} undoes it\n`)
    return exit.ok
  } finally {
    screen.close()
    store.close()
  }
}
