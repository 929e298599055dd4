import { drillsNamed } from '../core/drill.ts'
import { exit } from '../core/errors.ts'
import type { DrillRecord } from '../core/record.ts'
import { assertUnlocked } from '../targets/local/lock.ts'
import { agreed } from './ask.ts'
import { unknown } from '../core/nearest.ts'
import { allDrills } from '../../infrastructure/compose.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from '../core/verb.ts'
import { words } from '../core/options.ts'

/** Runs measurements that take minutes; the checks show their results from then on. */
export const drill: VerbRun = async (world, positional, options) => {
  const json = options['json'] === true
  const names = new Set(namesOf(words(positional)))
  const { instance, composed, world: inside } = await openExisting(world, options)
  // What is being loaded would be measured by how busy the machine is.
  await assertUnlocked(instance.state, inside, 'load-test')
  const chosen = composed.drills.filter((each) => names.has(each.name))
  const harms = chosen.flatMap((each) => (each.harms === undefined ? [] : [`${each.name}: ${each.harms}`]))
  if (harms.length > 0 && options['yes'] !== true) {
    const question = { where: 'drill', message: `${harms.join('; ')}. Go on?`, inScripts: 'edge drill --yes' }
    if (!(await agreed(world, question))) return exit.ok
  }
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const records: DrillRecord[] = []
  try {
    for (const { name, run, show } of chosen) {
      records.push(
        await screen.during(
          name,
          () => run(world),
          ({ facts }) => show(facts),
        ),
      )
    }
    if (json) world.stdout.write(`${JSON.stringify({ drills: records }, undefined, 2)}\n`)
    return exit.ok
  } finally {
    screen.close()
  }
}

/** The drills that are named; where none is, those that the agent runs. Throws OperatorError (exit 2) for an unknown one. */
function namesOf(given: readonly string[]): readonly string[] {
  if (given.length === 0) return allDrills.flatMap(({ name, every }) => (every ? [name] : []))
  return given.flatMap((word) => {
    const named = drillsNamed(allDrills, word)
    if (named.length === 0) throw unknown('drill', word, knownWords())
    return named.map(({ name }) => name)
  })
}

/** The drills' names, and the first words that several share. */
function knownWords(): readonly string[] {
  const names = allDrills.map(({ name }) => name)
  const shared = names.map((name) => name.split('-')[0] ?? name)
  return [...new Set([...shared.filter((word) => drillsNamed(allDrills, word).length > 1), ...names])]
}

/** For `edge drill --help`. */
export const drillList = (): string =>
  ['Drills:', ...allDrills.map(({ name, says }) => `  ${name.padEnd(16)}${says}`)].join('\n')
