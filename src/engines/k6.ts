import { join } from 'node:path'
import type { Command, RunOptions, World } from '../core/world.ts'

/** What k6 leaves in the folder of a run. */
export const k6Files = { dashboard: 'k6-dashboard.html', recording: 'recording.ndjson' } as const

/**
 * Go clears away whenever there is as much to throw away as is kept. With a thousand users that took a fifth of k6's time,
 * which the site then lacked. This seldom it takes next to none of it, and fifty users take 270 MB instead of 150; many reach the
 * limit, with which it clears away as often as it has to.
 */
const garbage = { percent: 800, limit: '1GiB' } as const

/**
 * With each point of its dashboard k6 sorts all that it has measured so far: a run of up to ten minutes has one for each
 * second, and a long one no more than a page draws.
 */
const periodOf = (seconds: number): number => Math.ceil(seconds / (seconds > 20 * 60 ? 240 : 600))

/** k6 is a tool here, no engine that stays: the command of one run, and its environment. */
export function k6Run(
  run: {
    readonly k6: string
    /** The path of what it runs. */
    readonly script: string
    readonly ca?: string | undefined
    readonly runFile: string
    readonly directory: string
    /** The scenario's own time. */
    readonly seconds: number
  },
  world: World,
): readonly [Command, RunOptions] {
  const env = {
    ...cleared(world),
    K6_WEB_DASHBOARD: 'true',
    // Its web server is not needed: the page is written at the end, the figures as they come.
    K6_WEB_DASHBOARD_PORT: '-1',
    K6_WEB_DASHBOARD_PERIOD: `${periodOf(run.seconds)}s`,
    K6_WEB_DASHBOARD_EXPORT: join(run.directory, k6Files.dashboard),
    K6_WEB_DASHBOARD_RECORD: join(run.directory, k6Files.recording),
    GOGC: String(garbage.percent),
    GOMEMLIMIT: garbage.limit,
    EDGE_RUN: run.runFile,
    ...(run.ca === undefined ? {} : { SSL_CERT_FILE: run.ca }),
  }
  const graceSeconds = 120
  return [
    [run.k6, 'run', '--quiet', '--no-color', '--address=', run.script],
    { cwd: run.directory, env, timeoutMs: (run.seconds + graceSeconds) * 1000 },
  ]
}

/** Asks k6 how it understands a scenario, without running it: how many virtual users for how long. */
export function k6Inspect(
  run: { readonly k6: string; readonly script: string; readonly runFile: string },
  world: World,
): readonly [Command, RunOptions] {
  return [
    [run.k6, 'inspect', '--execution-requirements', '--include-system-env-vars', run.script],
    { env: { ...cleared(world), EDGE_RUN: run.runFile } },
  ]
}

/** K6_VUS, K6_DURATION and their like in the operator's environment would quietly replace the scenario. */
function cleared(world: World): Record<string, string | undefined> {
  const inherited = Object.keys(world.env).filter((name) => name.startsWith('K6_'))
  return {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    K6_NO_USAGE_REPORT: 'true',
    // Newer ones fetch extensions by themselves otherwise.
    K6_AUTO_EXTENSION_RESOLUTION: 'false',
    K6_BINARY_PROVISIONING: 'false',
  }
}
