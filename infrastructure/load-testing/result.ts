import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { extentOf, type ScenarioName, scenarioNames } from './scenarios/stages.ts'

const number = z.number()
const text = z.string()

/** One run and what became of it: `result.json` of its folder. Times are in ms, rates run from 0 to 100. */
const resultSchema = z.object({
  scenario: z.enum(scenarioNames),
  /** `invalid`: neither passed nor failed; what was measured is not the site. */
  verdict: z.enum(['passed', 'failed', 'invalid']),
  /** Why it is not passed, worst first; each names the step that it is about, where it is about one. */
  reasons: z.array(text).readonly(),
  /** Ended by Ctrl-C: proves nothing either way. */
  interrupted: z.boolean(),
  /** 1 for the document's own length; anything else is a trial and proves no promise. */
  scale: number,
  /** By arrivals instead of users who wait: the scenario's twin, which proves none of its promises. */
  open: z.boolean().default(false),
  /** The address, where it was not this instance's: proves nothing about this instance. */
  against: text.optional(),
  /** No more requests than that were sent: where users ask for more, it is not the scenario's load. */
  requestsPerSecond: number.optional(),
  /** The release that was live. */
  release: text,
  /** What visitors were told to do; a run with another journey proves nothing about this one. */
  journeyHash: text,
  k6: text,
  /** What it was measured with: `edge`, `configuration` (a digest of what is in force), `commit` of the release where it is known. */
  versions: z.record(z.string(), text).default({}),
  /** The programs that answered, by name, each with its version: `nginx`, `postgresql`; empty for a site that is elsewhere. */
  engines: z.record(z.string(), text).default({}),
  /** What it was measured on: a run says nothing about another machine. */
  machine: z.object({ id: text, processors: number, model: text, memoryMb: number }),
  startedAt: text,
  seconds: number,
  users: number,
  requests: number,
  journeys: z.object({ completed: number, least: number, successPercent: number }),
  responseTime: z.object({ median: number, p95: number, p99: number }),
  errorPercent: number,
  successPercent: number,
  thinkTime: z.object({ minimum: number, maximum: number }),
  /** Processor time that was free on the machine in the busiest minute. */
  idlePercent: number,
  steps: z
    .array(
      z.object({
        name: text,
        requests: number,
        median: number,
        p95: number,
        errorPercent: number,
        successPercent: number,
      }),
    )
    .readonly(),
  /** The earlier run that it was set beside (`--compare`); times are its p95. */
  baseline: z
    .object({
      run: text,
      release: text,
      versions: z.record(z.string(), text).default({}),
      engines: z.record(z.string(), text).default({}),
      p95: number,
      steps: z.array(z.object({ name: text, p95: number })).readonly(),
    })
    .optional(),
  /** What came to its end first for five seconds on end, of what is looked at; absent in a run of an older edge. */
  saturation: z
    .object({
      /** `worst`: the evidence; `since`: seconds from the beginning. Null where nothing came to its end. */
      first: z.object({ name: text, worst: text, since: number }).nullable(),
      /** Since when the response time was beyond its bound; null where it never was. */
      slowSince: number.nullable(),
      says: text,
    })
    .optional(),
  /** How many users are answered as fast as they ask; absent in a run of an older edge. */
  capacity: z
    .object({
      /** Null where no measured level lies past it. */
      knee: number.nullable(),
      says: text,
    })
    .optional(),
  /** The run's folder. */
  directory: text,
})

/** For programs of others that read a result. */
export const resultJsonSchema = () => ({
  title: 'A load test of edge: result.json',
  // As they are read and not as they are written: a result of an older edge lacks what came later.
  ...z.toJSONSchema(resultSchema, { io: 'input' }),
})

export type Result = Readonly<z.output<typeof resultSchema>>

/** Whether it was the scenario, as long and with as many users as is promised, on this instance. */
export const isWhole = ({ scenario, scale, users, open, against, requestsPerSecond }: Result): boolean =>
  scale === 1 && users === extentOf(scenario).users && !open && against === undefined && requestsPerSecond === undefined

/** `k6 v1.1.0, edge 0.2.1, configuration 5f1c…, nginx 1.22.1`, in one line. */
export const versionsInWords = ({ k6, versions, engines }: Pick<Result, 'k6' | 'versions' | 'engines'>): string =>
  Object.entries({ k6, ...versions, ...engines })
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')

/** What makes it a trial, in words; undefined where it is none. */
export function trialInWords(result: Result): string | undefined {
  const { scenario, scale, users, open, against, requestsPerSecond } = result
  const ways = [
    ...(scale === 1 ? [] : [`it lasted ${Math.round(scale * 1000) / 10} % of its time`]),
    ...(users === extentOf(scenario).users ? [] : [`it had ${users} of ${extentOf(scenario).users} users`]),
    ...(open ? ['journeys began at a fixed rate'] : []),
    ...(against === undefined ? [] : [`it went to ${against}`]),
    ...(requestsPerSecond === undefined
      ? []
      : [`it was capped at ${requestsPerSecond} requests a second, which may be less than the scenario's load`]),
  ]
  return ways.length === 0 ? undefined : ways.join(', ')
}

/** A result that was written down; undefined for one of an older edge, which lacks fields and is no proof any more. */
export const resultOf = (written: unknown): Result | undefined => resultSchema.safeParse(written).data

/** Every result below a folder of runs, newest first; what was cut off while it was written is left out. */
export async function resultsIn(folder: string): Promise<readonly Result[]> {
  return resultsOf(folder, await runsIn(folder))
}

/** Those of one scenario, by the names that runs give their folders. */
export async function resultsOfScenario(folder: string, scenario: ScenarioName): Promise<readonly Result[]> {
  const names = (await runsIn(folder)).filter((name) => name.endsWith(`-${scenario}`))
  return (await resultsOf(folder, names)).filter((result) => result.scenario === scenario)
}

const runsIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder).catch(() => [])).toSorted().toReversed()

async function resultsOf(folder: string, names: readonly string[]): Promise<readonly Result[]> {
  const results = await Promise.all(names.map((name) => readResult(join(folder, name, 'result.json'))))
  return results.flatMap((result) => (result ? [result] : []))
}

/** Undefined where there is none, or it was cut off while it was written. */
export async function readResult(path: string): Promise<Result | undefined> {
  const content = await readFile(path, 'utf8').catch(() => undefined)
  if (content === undefined) return undefined
  try {
    return resultOf(JSON.parse(content))
  } catch {
    return undefined
  }
}
