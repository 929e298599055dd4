import { stripVTControlCharacters } from 'node:util'
import type { createLogUpdate } from 'log-update'
import type { Part } from '../../core/plan.ts'
import type { Column, Question, Screen } from '../../core/screen.ts'
import type { Paint } from '../../core/target.ts'
import { inSeconds } from '../../core/units.ts'
import type { Output, World } from '../../core/world.ts'
import type { Progress as ConvergeProgress } from '../../targets/local/converge.ts'
import { agreed } from '../ask.ts'
import { columnLines } from './columns.ts'
import { style } from './style.ts'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 100
const nameWidth = 18

/** A line of work: begins, says how far it is, ends once. */
export type Task = {
  readonly say: (detail: string) => void
  readonly done: (detail: string) => void
  readonly failed: (because: string) => void
}

/**
 * Shows work as it goes on: on a terminal one live line for each task that is under way, above them the lines of those
 * that are done; anywhere else the same lines without movement, each when its task ends.
 */
export class ProgressScreen implements Screen {
  readonly #output: Output
  readonly #running = new Map<string, { since: number; detail: string }>()
  readonly #isLive: boolean
  /** Undefined until it is loaded, too: half of what a short verb costs is not waited for. */
  #live: ReturnType<typeof createLogUpdate> | undefined
  #timer: NodeJS.Timeout | undefined
  #frame = 0

  /** Without an output (`--json`) it shows nothing. */
  constructor(output: Output, options: { silent?: boolean } = {}) {
    // Not spread: what a terminal's width is, is asked again each time.
    this.#output = options.silent === true ? { write: () => undefined, isTTY: false, columns: output.columns } : output
    const { stream, isTTY } = this.#output
    this.#isLive = isTTY && stream !== undefined
    if (isTTY && stream) void this.#enliven(stream)
  }

  async #enliven(stream: NodeJS.WriteStream): Promise<void> {
    const { createLogUpdate: create } = await import('log-update')
    this.#live = create(stream, { showCursor: false })
    this.#draw()
  }

  get output(): Output {
    return this.#output
  }

  get paint(): Paint {
    return style(this.#output)
  }

  rows(heads: readonly string[], rows: readonly (readonly string[])[], leastNeeded: readonly string[]): void {
    const columns = heads.map((name, index) => ({ name, cells: [name, ...rows.map((row) => row[index] ?? '')] }))
    for (const line of columnLines(columns, leastNeeded, this.#output)) this.line(`  ${line}`)
  }

  columns(columns: readonly Column[], leastNeeded: readonly string[]): void {
    for (const line of columnLines(columns, leastNeeded, this.#output)) this.line(line)
  }

  agreed(world: World, question: Question): Promise<boolean> {
    return agreed(world, question)
  }

  line(text: string): void {
    this.#live?.clear()
    this.#output.write(`${text}\n`)
    this.#draw()
  }

  /** Says how something came out that had no line of its own. */
  outcome(name: string, detail: string, isGood: boolean): void {
    const { green, red } = style(this.#output)
    this.line(`  ${isGood ? green('✓') : red('✗')} ${name.padEnd(nameWidth)}${detail}`)
  }

  start(name: string): Task {
    const since = performance.now()
    this.#running.set(name, { since, detail: '' })
    this.#animate()
    const end = (sign: string, detail: string): void => {
      this.#running.delete(name)
      if (this.#running.size === 0) this.#rest()
      this.line(this.#format(sign, name, detail, performance.now() - since))
    }
    const { green, red } = style(this.#output)
    return {
      say: (detail) => {
        this.#running.set(name, { since, detail })
        this.#draw()
      },
      done: (detail) => end(green('✓'), detail),
      failed: (because) => end(red('✗'), because),
    }
  }

  /** Runs one piece of work under a line of its own; `detail` makes the text of its end, `isGood` chooses the sign. */
  async during<Result>(
    name: string,
    work: (task: Task) => Promise<Result>,
    detail: (result: Result) => string,
    isGood: (result: Result) => boolean = () => true,
  ): Promise<Result> {
    const task = this.start(name)
    try {
      const result = await work(task)
      if (isGood(result)) task.done(detail(result))
      else task.failed(detail(result))
      return result
    } catch (error) {
      task.failed('')
      throw error
    }
  }

  /** Shows what the converger reports. */
  readonly report = (progress: ConvergeProgress): void => {
    const { dim, yellow } = style(this.#output)
    if (progress.event === 'started') this.#tasks.set(progress.part.name, this.start(title(progress.part)))
    const task = this.#tasks.get(progress.part.name)
    if (progress.event === 'done') task?.done(progress.action === 'keep' ? dim(progress.detail) : progress.detail)
    if (progress.event === 'failed') task?.failed('failed')
    if (progress.event === 'skipped') {
      this.line(`  ${yellow('–')} ${title(progress.part).padEnd(nameWidth)}${dim(`left out: ${progress.because}`)}`)
    }
  }
  readonly #tasks = new Map<string, Task>()

  /** Ends the live part; call it before anything else is printed, after an error as well. */
  close(): void {
    this.#running.clear()
    this.#rest()
  }

  #rest(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#live?.clear()
    // Gives the cursor back.
    this.#live?.done()
  }

  #animate(): void {
    if (!this.#isLive || this.#timer) return
    this.#timer = setInterval(() => {
      this.#frame += 1
      this.#draw()
    }, frameMs)
    this.#timer.unref()
  }

  #draw(): void {
    if (!this.#live || this.#running.size === 0) return
    const sign = frames[this.#frame % frames.length] ?? ''
    const lines = [...this.#running].map(([name, { since, detail }]) =>
      this.#format(sign, name, detail, performance.now() - since),
    )
    this.#live(lines.join('\n'))
  }

  #format(sign: string, name: string, detail: string, ms: number): string {
    const time = inSeconds(ms)
    const width = Math.max(40, Math.min(this.#output.columns, 100) - nameWidth - 14)
    return `  ${sign} ${name.padEnd(nameWidth)}${fit(detail, width)}${time.padStart(8)}`
  }
}

const title = (part: Part): string => (part.kind === 'step' ? part.title : part.name)

function fit(text: string, width: number): string {
  const visible = stripVTControlCharacters(text)
  if (visible.length > width) return `${visible.slice(0, width - 1)}…`
  return text + ' '.repeat(width - visible.length)
}
