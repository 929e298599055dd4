import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Interrupted } from '../../src/core/errors.ts'
import type { Ran, World } from '../../src/core/world.ts'
import { k6Files, k6Run } from '../../src/engines/k6.ts'
import { journeyHash } from './journey-hash.ts'
import { capacityOf } from './capacity.ts'
import { courseOf } from './course.ts'
import { baselineOf } from './comparison/baseline.ts'
import { judge } from './judge.ts'
import { k6Version } from './k6-version.ts'
import { readSummary } from './read-summary.ts'
import { leaveReports } from './leave-reports.ts'
import { removeLeftovers, runFileName } from './leftovers.ts'
import { thisMachine } from './machine.ts'
import type { Result } from './result.ts'
import type { RunFile } from './run-file.ts'
import { saturationOf } from './saturation.ts'
import { scriptOf } from './script.ts'
import { extentOf, type ScenarioName, type Shape } from './scenarios/stages.ts'
import type { LoadTestingSettings } from './settings.ts'
import { expectedOf, toldApart } from './thresholds.ts'
import { type InstanceSources, type SeenSecond, watch } from './watch.ts'

export type Run = {
  /** The program. */
  readonly k6: string
  readonly scenario: ScenarioName
  readonly site: string
  /** The address that answers for the site, whatever its name resolves to; absent where a name server says it. */
  readonly connectTo?: string | undefined
  /** Path of the certificate authority that k6 trusts for this run; those that the machine knows, where none is given. */
  readonly ca?: string | undefined
  readonly password: string
  readonly settings: LoadTestingSettings
  /** The release that is live at the beginning. */
  readonly release: string
  /** The one that is live when it is asked. */
  readonly releaseNow: () => Promise<string | undefined>
  /** What it is measured with, by name. */
  readonly versions: Readonly<Record<string, string>>
  /** The versions of the programs that answer, by name; none are known of a site that is elsewhere. */
  readonly engines: Readonly<Record<string, string>>
  /** What is looked at beside k6; absent for a site that is elsewhere. */
  readonly beside?: InstanceSources | undefined
  /** The folder of all runs; this one gets its own below it. */
  readonly folder: string
  readonly shape: Shape
  /** Another address than the instance's, and how much it is asked at most. */
  readonly against?: { readonly site: string; readonly requestsPerSecond?: number | undefined } | undefined
  /** The earlier run that it is set beside. */
  readonly baseline?: Result | undefined
  /** Called about once a second, with seconds, and with what k6 saw last. */
  readonly onSecond: (elapsed: number, total: number, seen: SeenSecond | undefined) => void
}

/**
 * Runs one scenario with k6 and judges it. Leaves `result.json`, `timeline.json`, `report.html`, and k6's own summary,
 * log and dashboard in a folder of its own, whatever the verdict; after Ctrl-C, too, and rejects with Interrupted then.
 */
export async function runScenario(run: Run, world: World): Promise<Result> {
  const started = world.now()
  await removeLeftovers(run.folder)
  const directory = join(run.folder, `${started.toISOString().replaceAll(/[:.]/g, '-')}-${run.scenario}`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const [runFile, summaryFile] = [join(directory, runFileName), join(directory, 'summary.json')]
  const told = runFileOf(run)
  const script = scriptOf(run.scenario)
  const expected = expectedOf(run.scenario, told)
  const content: RunFile = { ...told, thresholds: toldApart(expected), summaryFile }
  const extent = extentOf(run.scenario)
  const { scale, users = extent.users, open = false } = run.shape
  const version = await k6Version(run.k6, world)
  const watching = await watch(
    join(directory, k6Files.recording),
    (elapsed, seen) => run.onSecond(elapsed, extent.seconds * scale, seen),
    run.beside,
  )
  try {
    await writeFile(runFile, JSON.stringify(content), { mode: 0o600 })
    const ran = await untilEnd(
      world.run(...k6Run({ ...run, script, runFile, directory, seconds: extent.seconds * scale }, world)),
    )
    const seen = await watching.end()
    const judged = judge(await readSummary(summaryFile), expected, {
      scenario: run.scenario,
      scale,
      open,
      ...(run.against ? { against: run.against.site } : {}),
      ...(run.against?.requestsPerSecond === undefined ? {} : { requestsPerSecond: run.against.requestsPerSecond }),
      release: run.release,
      journeyHash: journeyHash(run.settings),
      k6: version,
      versions: run.versions,
      engines: run.engines,
      machine: await thisMachine(),
      startedAt: started.toISOString(),
      seconds: Math.round(seen.elapsed),
      users,
      idlePercent: seen.idlePercent,
      directory,
      othersPercent: run.beside && meanOf(seen.timeline.map(({ byEngine }) => byEngine?.['others'] ?? 0)),
      course: courseOf(run.scenario, scale, seen.timeline),
      releaseAtEnd: await run.releaseNow(),
      interrupted: ran === undefined,
      exitCode: ran?.code ?? null,
      said: ran?.stderr ?? '',
    })
    const result = {
      ...judged,
      ...endsOf(seen.timeline, run.against?.requestsPerSecond),
      ...(run.baseline ? { baseline: baselineOf(run.baseline) } : {}),
    }
    await leaveReports(result, seen.timeline, ran ? `${ran.stdout}${ran.stderr}` : '')
    if (ran === undefined) throw new Interrupted()
    return result
  } finally {
    await watching.end()
    // It holds the test password; the recording's figures are in timeline.json.
    for (const file of [runFile, join(directory, k6Files.recording)]) await rm(file, { force: true })
  }
}

/** What the page says of the resources and of the capacity, for programs. */
function endsOf(timeline: readonly SeenSecond[], cap: number | undefined): Pick<Result, 'saturation' | 'capacity'> {
  const { first, slowSince = null, says } = saturationOf(timeline)
  const { knee = null, says: ofCapacity } = capacityOf(timeline, cap)
  const ended = first?.since === undefined ? null : { name: first.name, worst: first.worst, since: first.since }
  return { saturation: { first: ended, slowSince, says }, capacity: { knee, says: ofCapacity } }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** How k6 ended; undefined when it was Ctrl-C that ended it. */
async function untilEnd(running: Promise<Ran>): Promise<Ran | undefined> {
  return running.catch((error: unknown) => {
    if (error instanceof Interrupted) return undefined
    throw error
  })
}

function runFileOf({
  site,
  connectTo,
  settings,
  password,
  shape,
  against,
}: Run): Omit<RunFile, 'thresholds' | 'summaryFile'> {
  const { minimum, maximum } = settings.thinkTime
  return {
    site,
    hosts: connectTo === undefined ? {} : { [new URL(site).hostname]: connectTo },
    accounts: settings.accounts,
    password,
    think: { minimumMs: minimum.milliseconds, maximumMs: maximum.milliseconds },
    choices: settings.choices,
    ...shape,
    requestsPerSecond: against?.requestsPerSecond,
    journey: settings.journey,
  }
}
