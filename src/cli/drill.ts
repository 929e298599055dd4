import { type BoundDrill, drillsNamed } from '../core/drill.ts'
import { exit, OperatorError } from '../core/errors.ts'
import type { DrillRecord } from '../core/record.ts'
import { assertUnlocked } from '../targets/local/lock.ts'
import { agreed } from './ask.ts'
import { unknown } from '../core/nearest.ts'
import { allDrills, allUndrilled } from '../../infrastructure/compose.ts'
import { drillTable, type Outcome } from './screen/drill-table.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from '../core/verb.ts'
import { words } from '../core/options.ts'

/** Runs measurements that take minutes; the checks show their results from then on. */
export const drill: VerbRun = async (world, positional, options) => {
  const json = options['json'] === true
  const asked = words(positional)
  const names = new Set(namesOf(asked))
  const { instance, composed, world: inside } = await openExisting(world, options)
  // What is being loaded would be measured by how busy the machine is.
  await assertUnlocked(instance.state, inside, 'load-test')
  const isChosen = async ({ name, rings, isDue }: BoundDrill): Promise<boolean> =>
    names.has(name) || (asked.includes('due') && rings !== undefined && (await isDue(inside)))
  const chosen: BoundDrill[] = []
  for (const each of composed.drills) if (await isChosen(each)) chosen.push(each)
  const harms = chosen.flatMap((each) => (each.harms === undefined ? [] : [`${each.name}: ${each.harms}`]))
  if (harms.length > 0 && options['yes'] !== true) {
    const question = { where: 'drill', message: `${harms.join('; ')}. Go on?`, inScripts: 'edge drill --yes' }
    if (!(await agreed(world, question))) return exit.ok
  }
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const how = { real: options['real'] === true }
  const inTable = asked.some(isOfAlarms)
  const outcomes: Outcome[] = []
  try {
    for (const { name, run, show } of chosen) {
      const one = () =>
        screen.during(
          name,
          () => run(inside, how),
          ({ facts }) => show(facts),
        )
      outcomes.push({ name, ...(inTable ? await orRefused(one) : { record: await one() }) })
    }
    if (json) world.stdout.write(`${JSON.stringify(reportOf(outcomes), undefined, 2)}\n`)
    else if (chosen.length === 0)
      screen.line('  none is due: each alarm that has a drill was seen to ring under its present rule and route')
    else if (inTable) for (const line of drillTable(outcomes, screen.output)) screen.line(line)
    return outcomes.some(({ refused }) => refused !== undefined) ? exit.failed : exit.ok
  } finally {
    screen.close()
  }
}

/** Every drill that makes an alarm ring, one after the other. */
const ofAlarms = {
  all: "those of the production document's alarms, api-hangs and site-down, and a table at their end (2 h)",
  own: 'those of the alarms that are beyond the production document, and a table (1 h)',
  due: 'those of both whose alarm was not seen to ring yet, or not since its rule or its way was changed',
} as const
const isOfAlarms = (word: string): boolean => Object.hasOwn(ofAlarms, word)

/** One that fails takes nothing from those after it: the table says what became of each. Ctrl-C ends all of them. */
async function orRefused(run: () => Promise<DrillRecord>): Promise<Omit<Outcome, 'name'>> {
  try {
    return { record: await run() }
  } catch (error) {
    if (error instanceof OperatorError) return { refused: error.message }
    throw error
  }
}

function reportOf(outcomes: readonly Outcome[]) {
  const failed = outcomes.flatMap(({ name, refused }) =>
    refused === undefined ? [] : [{ drill: name, because: refused }],
  )
  return { drills: outcomes.flatMap(({ record }) => record ?? []), ...(failed.length === 0 ? {} : { failed }) }
}

const seeList = 'edge drill --help lists those that there are'

/** The drills that are named; where none is, those that the agent runs. Throws OperatorError (exit 2) for an unknown one. */
function namesOf(given: readonly string[]): readonly string[] {
  if (given.length === 0) return allDrills.flatMap(({ name, every }) => (every ? [name] : []))
  return given.flatMap((word) => {
    // The instance has the records that say which.
    if (word === 'due') return []
    if (isOfAlarms(word)) return allDrills.flatMap(({ name, rings }) => (rings === word ? [name] : []))
    const named = drillsNamed(allDrills, word)
    const without = allUndrilled.find(({ name }) => name === word)
    if (without) throw new OperatorError('drill', `${word} has no drill: ${without.because}`, seeList, exit.usage)
    if (named.length === 0) throw unknown('drill', word, knownWords())
    return named.map(({ name }) => name)
  })
}

/** The drills' names, and the first words that several share. */
function knownWords(): readonly string[] {
  const names = allDrills.map(({ name }) => name)
  const shared = names.map((name) => name.split('-')[0] ?? name)
  return [
    ...new Set([
      ...Object.keys(ofAlarms),
      ...shared.filter((word) => drillsNamed(allDrills, word).length > 1),
      ...names,
    ]),
  ]
}

const row = (name: string, says: string): string => `  ${name.padEnd(17)}${says}`

/** For `edge drill --help`. */
export const drillList = (): string =>
  [
    'Drills:',
    ...Object.entries(ofAlarms).map(([word, says]) => row(word, says)),
    ...allDrills.map(({ name, says }) => row(name, says)),
    '',
    'Alarms without a drill:',
    ...allUndrilled.map(({ name, because }) => row(name, because)),
  ].join('\n')
