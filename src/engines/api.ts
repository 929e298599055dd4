import type { Engine } from '../core/plan.ts'
import { duration } from '../core/units.ts'
import type { Command } from '../core/world.ts'

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
  readonly after: readonly string[]
}): Engine {
  return {
    kind: 'engine',
    name: process.name,
    component: 'app',
    command: process.command,
    cwd: process.cwd,
    environment: process.environment,
    files: [],
    watches: process.watches,
    ready: { kind: 'http', url: `http://127.0.0.1:${process.port}${process.health}`, status: 200 },
    readyWithin: duration('60 seconds'),
    advice: process.advice,
    stop: 'SIGTERM',
    stopWithin: duration('15 seconds'),
    after: process.after,
  }
}
