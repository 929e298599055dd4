import { join } from 'node:path'
import type { Command, RunOptions, World } from '../core/world.ts'

/** k6 is a tool here, no engine that stays: the command of one run, and its environment. */
export function k6Run(
  run: {
    readonly k6: string
    readonly scenario: string
    readonly ca: string
    readonly runFile: string
    readonly directory: string
    /** The longest that the scenario's own time can be. */
    readonly seconds: number
  },
  world: World,
): readonly [Command, RunOptions] {
  const script = join(import.meta.dirname, '../../infrastructure/load-testing/scenarios', `${run.scenario}.ts`)
  // K6_VUS, K6_DURATION and their like in the operator's environment would quietly replace the scenario.
  const inherited = Object.keys(world.env).filter((name) => name.startsWith('K6_'))
  const environment = {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    K6_NO_USAGE_REPORT: 'true',
    K6_WEB_DASHBOARD: 'true',
    K6_WEB_DASHBOARD_PORT: '-1',
    K6_WEB_DASHBOARD_PERIOD: '1s',
    K6_WEB_DASHBOARD_EXPORT: join(run.directory, 'k6-dashboard.html'),
    EDGE_RUN: run.runFile,
    SSL_CERT_FILE: run.ca,
  }
  const graceSeconds = 120
  return [
    [run.k6, 'run', '--quiet', '--no-color', '--address=', script],
    { cwd: run.directory, env: environment, timeoutMs: (run.seconds + graceSeconds) * 1000 },
  ]
}
