import type { Part, Room } from '../../bench/part.ts'
import type { Result } from '../../bench/result.ts'
import { exit, type ExitCode, Interrupted, messageOf, OperatorError } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { unknown } from '../core/nearest.ts'
import { ProgressScreen } from './screen/progress.ts'
import { style } from './screen/style.ts'
import type { VerbRun } from '../core/verb.ts'
import { words } from '../core/options.ts'

/** What came of a run: figures in the order in which they came, and the parts that have none, with the reason. */
type Measured = {
  readonly figures: (Result & { readonly room: string })[]
  readonly failed: { readonly room: string; readonly part: string; readonly because: string }[]
}

/** `edge bench`: measures how fast edge itself is, each figure against its goal. */
export const bench: VerbRun = async (world, positional, options) => {
  const { rooms } = await import('../../bench/rooms.ts')
  const { prepareForBench } = await import('./prepare.ts')
  const json = options['json'] === true
  return measureRooms(world, rooms, words(positional), { json, prepare: () => prepareForBench(world, json) })
}

/**
 * Measures the chosen rooms one after the other, and shows each figure as it comes. What fails, be it that something is
 * missing, is reported as failed, and the others go on.
 */
export async function measureRooms(
  world: World,
  rooms: Readonly<Record<string, Room>>,
  named: readonly string[],
  { json, prepare }: { readonly json: boolean; readonly prepare: () => Promise<void> },
): Promise<ExitCode> {
  const stranger = named.find((name) => rooms[name] === undefined)
  if (stranger !== undefined) throw unknown('room', stranger, Object.keys(rooms))
  const chosen = Object.entries(rooms).filter(([name]) => named.length === 0 || named.includes(name))
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const measured: Measured = { figures: [], failed: [] }
  const fail = (room: string, part: string, error: unknown): void => {
    // What was interrupted has not failed.
    if (world.signal.aborted) return
    measured.failed.push({ room, part, because: messageOf(error) })
    const { red, dim } = style(screen.output)
    screen.line(`${red('✗')} ${part}: ${messageOf(error)}`)
    if (error instanceof OperatorError) for (const hint of error.hints) screen.line(`  ${dim('hint:')} ${hint}`)
  }
  try {
    // All of them need the same: what is lacking is said for each, and keeps only those from running.
    let prepared: Promise<void> | undefined
    if (chosen.every(([, { needsEngines }]) => needsEngines)) await (prepared = prepare())
    for (const [name, { needsEngines, load }] of chosen) {
      if (world.signal.aborted) break
      try {
        if (needsEngines) await (prepared ??= prepare())
        for (const part of (await load()).parts) await measurePart(name, part)
      } catch (error) {
        fail(name, name, error)
      }
    }
  } finally {
    screen.close()
  }
  if (json) world.stdout.write(`${JSON.stringify(measured, undefined, 2)}\n`)
  if (world.signal.aborted) return interrupted(json)
  if (!json) world.stdout.write(`\n${summary(measured)}\n`)
  return measured.failed.length === 0 && measured.figures.every(({ met }) => met) ? exit.ok : exit.failed

  async function measurePart(room: string, { name, measure }: Part): Promise<void> {
    if (world.signal.aborted) return
    const task = screen.start(name)
    const found = (result: Result): void => {
      measured.figures.push({ room, ...result })
      screen.line(figure(result, screen))
    }
    try {
      await measure({ found, say: task.say, signal: world.signal })
      task.done('measured')
    } catch (error) {
      task.failed(world.signal.aborted ? 'interrupted' : 'failed')
      fail(room, name, error)
    }
  }
}

/** One JSON object is there already; for everybody else the program has words of its own. */
function interrupted(json: boolean): ExitCode {
  if (!json) throw new Interrupted()
  return exit.interrupted
}

const shown = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(0))

function figure({ name, value, unit, goal, met, samples }: Result, { output }: ProgressScreen): string {
  const { green, red } = style(output)
  const spread = `${shown(Math.min(...samples))} to ${shown(Math.max(...samples))}`
  const columns = `${name.padEnd(58)}${shown(value).padStart(8)} ${unit.padEnd(8)}${goal.padEnd(9)}`
  return `${met ? green('✓') : red('✗')} ${columns}(${samples.length} samples, ${spread})`
}

function summary({ figures, failed }: Measured): string {
  const met = figures.filter((each) => each.met).length
  const missing = failed.length === 0 ? '' : `, ${failed.map(({ part }) => part).join(', ')} not measured`
  return `${met} of ${figures.length} goals met${missing}`
}
