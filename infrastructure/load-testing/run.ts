import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '../../src/core/world.ts'
import { k6Run } from '../../src/engines/k6.ts'
import { reportHtml } from './report.ts'
import { judge, type Result, type Summary } from './result.ts'
import type { RunFile } from './run-file.ts'
import { extentOf, type ScenarioName } from './scenarios/stages.ts'
import type { LoadTestingSettings } from './settings.ts'
import { expectedOf } from './thresholds.ts'

export type Run = {
  readonly k6: string
  readonly scenario: ScenarioName
  readonly site: string
  /** Path of the certificate authority that k6 trusts for this run. */
  readonly ca: string
  readonly password: string
  readonly settings: LoadTestingSettings
  /** The release that is live. */
  readonly release: string
  /** The folder of all runs; this one gets its own below it. */
  readonly folder: string
  readonly scale: number
  readonly onSecond: (elapsed: number, total: number) => void
}

/**
 * Runs one scenario with k6 and judges it. Leaves `result.json`, `report.html` and k6's own log and dashboard in a
 * folder of its own, whatever the verdict. Rejects with Interrupted on Ctrl-C.
 */
export async function runScenario(run: Run, world: World): Promise<Result> {
  const started = world.now()
  const directory = join(run.folder, `${started.toISOString().replaceAll(/[:.]/g, '-')}-${run.scenario}`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const shape = shapeOf(run)
  const expected = expectedOf(run.scenario, shape)
  const summaryFile = join(directory, 'summary.json')
  const runFile = join(directory, 'run.json')
  const content: RunFile = { ...shape, thresholds: expected.thresholds, summaryFile }
  await writeFile(runFile, JSON.stringify(content), { mode: 0o600 })
  const extent = extentOf(run.scenario)
  const begun = performance.now()
  const idle = await processorTimes()
  const ticker = setInterval(() => run.onSecond((performance.now() - begun) / 1000, extent.seconds * run.scale), 1000)
  try {
    const ran = await world.run(...k6Run({ ...run, runFile, directory, seconds: extent.seconds }, world))
    await writeFile(join(directory, 'k6.log'), `${ran.stdout}${ran.stderr}`)
    const result = judge(
      await readSummary(summaryFile),
      expected,
      run.settings.journey.map(({ name }) => name),
      {
        scenario: run.scenario,
        scale: run.scale,
        release: run.release,
        startedAt: started.toISOString(),
        seconds: Math.round((performance.now() - begun) / 1000),
        users: extent.users,
        idlePercent: idlePercentBetween(idle, await processorTimes()),
        directory,
        exitCode: ran.code,
      },
    )
    await writeFile(join(directory, 'report.html'), reportHtml(result))
    // The result comes last and as a whole: a folder without one is a run that was cut off.
    await writeFile(join(directory, '.result.json'), `${JSON.stringify(result, undefined, 2)}\n`)
    await rename(join(directory, '.result.json'), join(directory, 'result.json'))
    return result
  } finally {
    clearInterval(ticker)
    // It holds the test password.
    await rm(runFile, { force: true })
  }
}

function shapeOf({ site, settings, password, scale }: Run): Omit<RunFile, 'thresholds' | 'summaryFile'> {
  const { minimum, maximum } = settings.thinkTime
  return {
    site,
    accounts: settings.accounts,
    password,
    think: { minimumMs: minimum.milliseconds, maximumMs: maximum.milliseconds },
    scale,
    journey: settings.journey,
  }
}

async function readSummary(path: string): Promise<Summary | undefined> {
  // A throw inside k6's handleSummary is only logged: whether the file is there is what counts.
  const text = await readFile(path, 'utf8').catch(() => undefined)
  // Written by k6 with handleSummary's data.
  return text === undefined ? undefined : (JSON.parse(text) as Summary)
}

/** The machine's processor time so far, in ticks: all of it, and what was idle. */
async function processorTimes(): Promise<{ all: number; idle: number }> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  const ticks = first.split(/\s+/).slice(1, 9).map(Number)
  return { all: ticks.reduce((sum, value) => sum + value, 0), idle: (ticks[3] ?? 0) + (ticks[4] ?? 0) }
}

function idlePercentBetween(before: { all: number; idle: number }, after: { all: number; idle: number }): number {
  return after.all === before.all ? 100 : (100 * (after.idle - before.idle)) / (after.all - before.all)
}
