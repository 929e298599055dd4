import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Sabotage, Sabotaged, Sabotages } from '../../../test/sabotage.ts'
import { loadTesting } from '../guarantees.ts'
import { recordOf } from '../kept-runs.ts'
import { resultOf } from '../result.ts'

const apis = ['api1', 'api2']

/** Short ones, with few users: long enough that some are there with all others, and come to the end of the journey. */
const trials = { load: 0.02, stress: 0.01, soak: 0.004 } as const
type Trial = keyof typeof trials
const trialNames = ['load', 'stress', 'soak'] as const satisfies readonly Trial[]

/**
 * Runs a scenario as a trial, and then has a record say that it was the whole: what is sabotaged is the verdict of
 * the run and of the check, not the hour that it takes.
 */
async function runAsWhole(on: Sabotaged, scenario: Trial, meanwhile?: () => Promise<void>): Promise<number | null> {
  const before = await foldersOf(on, scenario)
  const running = on.edge('load-test', scenario, '--scale', String(trials[scenario]), '--users', '5')
  if (meanwhile) {
    while ((await foldersOf(on, scenario)).length === before.length) await setTimeout(200)
    await meanwhile()
  }
  const { code, stdout, stderr } = await running
  const made = (await foldersOf(on, scenario)).find((folder) => !before.includes(folder))
  if (made === undefined) throw new Error(`${scenario} left no folder: ${stderr}${stdout}`)
  const { stdout: written } = await on.run(['cat', join(on.instance.state, 'load-tests', made, 'result.json')])
  const result = resultOf({ ...JSON.parse(written), scale: 1, users: loadTesting[scenario].users.count })
  if (!result) throw new Error(`${made} left no result: ${written}`)
  const record = recordOf(result, new Date())
  const records = join(on.instance.state, 'records', record.drill)
  const next = 'mkdir -p "$0" && cat > "$0/$(ls "$0" | wc -l).json"'
  await on.run(['sh', '-c', next, records], { input: JSON.stringify(record) })
  return code
}

async function foldersOf(on: Sabotaged, scenario: Trial): Promise<readonly string[]> {
  // Before the first run there is no folder of runs.
  const runs = ['-maxdepth', '2', '-path', `*/load-tests/*-${scenario}`]
  const { stdout } = await on.run(['find', on.instance.state, ...runs, '-printf', '%f\\n'])
  return stdout.trim().split('\n').filter(Boolean)
}

export async function runEachAsWhole(on: Sabotaged): Promise<void> {
  for (const scenario of trialNames) {
    const code = await runAsWhole(on, scenario)
    if (code !== 0) throw new Error(`${scenario} ended with ${code}, and must pass here`)
  }
}

const silentInTheMiddle: Sabotage = {
  title: 'both API processes are stopped in their tracks in the middle of the run',
  break: async (on) => {
    for (const scenario of trialNames) {
      const code = await runAsWhole(on, scenario, async () => {
        for (const engine of apis) await on.signal(engine, 'SIGSTOP')
      })
      for (const engine of apis) await on.signal(engine, 'SIGCONT')
      if (code !== 1) throw new Error(`${scenario} ended with ${code}, and must end with 1`)
    }
  },
  mend: runEachAsWhole,
}

/** They take minutes: acted out by sabotage.long.test.ts. */
export const longSabotages: Sabotages = {
  'loadTesting.load': silentInTheMiddle,
  'loadTesting.stress': silentInTheMiddle,
  'loadTesting.soak': silentInTheMiddle,
}
