import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** A command line, or what is to be brought to what its configuration says: all of it, or one component. */
export type Asked =
  | { readonly number: number; readonly argv: readonly string[] }
  | { readonly number: number; readonly config: string; readonly component: string | undefined }
type Answered = Answer & { readonly number: number }
export type Answer = {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const project = resolve(import.meta.dirname, '..')

/** A running program that answers what is asked of an instance, one question after the other or several at once. */
export class RunningEdge {
  readonly #program: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>()
  #asked = 0

  private constructor(program: ChildProcess) {
    this.#program = program
    // `Answered` is all that test/running-edge-program.ts sends.
    program.on('message', ({ number, ...answer }: Answered) => {
      this.#waiting.get(number)?.resolve(answer)
      this.#forget(number)
    })
    program.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`the running program ended with ${code ?? signal}`))
      this.#waiting.clear()
    })
    this.#letGo()
  }

  /** As the user whose instance lies there; undefined where there is none. */
  static async ofOwner(state: string): Promise<RunningEdge | undefined> {
    const owner = await stat(state).catch(() => undefined)
    if (!owner) return undefined
    const name = execFileSync('id', ['-un', String(owner.uid)], { encoding: 'utf8' }).trim()
    const program = fork(
      join(import.meta.dirname, 'running-edge-program.ts'),
      [name, String(owner.uid), String(owner.gid)],
      {
        cwd: project,
        env: {
          ...process.env,
          NO_COLOR: '1',
          HOME: state,
          USER: name,
          LOGNAME: name,
          NODE_COMPILE_CACHE: join(project, '.tools/compile-cache'),
        },
        // Those of the tests' own process are not for it.
        execArgv: ['--max-semi-space-size=1'],
      },
    )
    return new RunningEdge(program)
  }

  /** What the program answers to this command line. */
  answers(argv: readonly string[]): Promise<Answer> {
    return this.#ask((number) => ({ number, argv }))
  }

  /** Brings what runs to what the configuration says: all of it, or one component with what it stands on. */
  converges(config: string, component: string | undefined): Promise<Answer> {
    return this.#ask((number) => ({ number, config, component }))
  }

  end(): void {
    this.#program.kill('SIGKILL')
  }

  #ask(asked: (number: number) => Asked): Promise<Answer> {
    this.#asked += 1
    const waiting = Promise.withResolvers<Answer>()
    this.#waiting.set(this.#asked, waiting)
    this.#program.channel?.ref()
    this.#program.send(asked(this.#asked))
    return waiting.promise
  }

  #forget(number: number): void {
    this.#waiting.delete(number)
    if (this.#waiting.size === 0) this.#letGo()
  }

  /** Tests end without it where it has nothing to answer. */
  #letGo(): void {
    this.#program.unref()
    this.#program.channel?.unref()
  }
}
