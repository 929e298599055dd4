import { exit } from '../core/errors.ts'
import { componentNames } from '../core/guarantee.ts'
import { type BoundCheck, judgementJson, tally } from '../core/verify.ts'
import { verifyAndRecord } from './apply.ts'
import { componentsNamed, unknown, words } from './components.ts'
import { ProgressScreen } from './screen/progress.ts'
import { guaranteeTable, summary } from './screen/table.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from './verbs.ts'

export const verify: VerbRun = async (world, positional, options) => {
  const session = await openExisting(world, options)
  const checks = chosenChecks(session.composed.checks, words(positional))
  const json = options['json'] === true
  // The live line goes to stderr, so that a pipe gets the table alone.
  const screen = new ProgressScreen(world.stderr, { silent: json || !world.stderr.isTTY })
  try {
    const judgements = await verifyAndRecord(session, checks, screen)
    const sums = tally(judgements)
    if (json) {
      world.stdout.write(`${JSON.stringify({ ...sums, guarantees: judgements.map(judgementJson) }, undefined, 2)}\n`)
    } else {
      world.stdout.write(
        `\n${guaranteeTable(judgements, world.stdout, { all: options['all'] === true, now: world.now() })}`,
      )
      const more = options['all'] === true ? '' : '   (--all shows those that are not claimed)'
      world.stdout.write(`\n  ${summary(sums)}${more}\n`)
    }
    return sums.broken > 0 ? exit.failed : exit.ok
  } finally {
    screen.close()
  }
}

/** The checks that the words name: components, or guarantees by their id; all where there are none. */
export function chosenChecks(checks: readonly BoundCheck[], named: readonly string[]): readonly BoundCheck[] {
  if (named.length === 0) return checks
  const ids = new Set<string>(checks.map(({ guarantee }) => guarantee.id))
  return [...new Set(named)].flatMap((word) => {
    if (ids.has(word)) return checks.filter(({ guarantee }) => guarantee.id === word)
    if (word.includes('.')) throw unknown('guarantee', word, [...ids])
    const [component] = componentsNamed([word])
    return checks.filter(({ guarantee }) => guarantee.component === (component ?? componentNames[0]))
  })
}
