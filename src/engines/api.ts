import type { Drain, Engine, Probe, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'
import type { Command } from '../core/world.ts'

/** Whether a process of the API can take requests. */
export const apiProbe = (port: number, health: string): Probe => ({
  kind: 'http',
  url: `http://127.0.0.1:${port}${health}`,
  status: 200,
})

/** One process of the operator's own API. What it needs on the machine is the operator's affair. */
export function api(process: {
  readonly name: string
  readonly command: Command
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly port: number
  readonly health: string
  readonly watches: readonly string[]
  readonly advice: (lastWords: string) => readonly string[]
  /** Absent for one that no visitor meets. */
  readonly drain?: Drain
  readonly after: readonly string[]
}): Unowned<Engine> {
  return {
    kind: 'engine',
    name: process.name,
    command: process.command,
    cwd: process.cwd,
    environment: process.environment,
    files: [],
    watches: process.watches,
    ready: apiProbe(process.port, process.health),
    readyWithin: duration('60 seconds'),
    advice: process.advice,
    stop: 'SIGTERM',
    stopWithin: duration('15 seconds'),
    ...(process.drain ? { drain: process.drain } : {}),
    after: process.after,
  }
}
