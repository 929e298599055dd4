import type { ExitCode } from '../core/errors.ts'
import type { Report } from '../core/target.ts'
import type { World } from '../core/world.ts'
import { style } from './screen/style.ts'

/** Shows a report as one JSON object, or as lines, and answers its exit code. */
export function report(
  { json, lines, code }: Report,
  world: World,
  options: Readonly<Record<string, unknown>>,
): ExitCode {
  const { stdout } = world
  if (options['json'] !== true) for (const line of lines(style(stdout))) stdout.write(`${line}\n`)
  else if (json) stdout.write(`${JSON.stringify(json, undefined, 2)}\n`)
  return code
}
