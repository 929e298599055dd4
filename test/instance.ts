import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { innerPorts } from '../src/config/ports.ts'
import type { JudgementJson } from '../src/core/verify.ts'
import { freePorts } from './ports.ts'
import { RunningEdge } from './running-edge.ts'

export const project = resolve(import.meta.dirname, '..')

export type EdgeRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Those of the site and of the pool. */
const outerPorts = 3

/** What `edge status --json` answers. */
export type Status = {
  readonly instance: string
  readonly target: string
  readonly addresses: {
    readonly site: string
    readonly api: string | null
    readonly writer: string
    readonly reader: string
    readonly session: string
    readonly prometheus: string | null
  }
  readonly certificateAuthority: string
  readonly passwordFile: string
  readonly engines: readonly {
    readonly name: string
    readonly state: string
    readonly pid: number | null
    readonly restarts: number
    readonly version: string | null
    readonly noAnswer: string | null
  }[]
  readonly guarantees: { readonly kept: number; readonly broken: number; readonly notClaimed: number }
}

/** An instance of its own, beside the operator's: other name, other directory, other ports. */
export class TestInstance {
  readonly name: string
  readonly folder: string
  readonly state: string
  readonly file: string
  #running: RunningEdge | undefined

  private constructor(name: string, folder: string) {
    this.name = name
    this.folder = folder
    this.state = join(folder, 'state')
    this.file = join(folder, 'production.config.ts')
  }

  /**
   * Writes a configuration that is the shipped one with another place, and without a read replica, whose time and memory
   * each test would pay for; `change` is the source of more fields.
   */
  static async make(change = ''): Promise<TestInstance> {
    const instance = await TestInstance.#named()
    await instance.configure(change)
    return instance
  }

  static async #named(): Promise<TestInstance> {
    const folder = await mkdtemp(join(tmpdir(), 'edge-'))
    // mkdtemp's 0700 would keep the engines' user out.
    await chmod(folder, 0o755)
    return new TestInstance(`test-${folder.slice(-6).toLowerCase()}`, folder)
  }

  /** Writes the configuration anew, at free ports. */
  async configure(change: string): Promise<void> {
    const [https, http, pooler, first] = await freePorts(outerPorts + innerPorts + 1)
    await writeFile(
      this.file,
      `import production from '${project}/production.config.ts'
export default {
  ...production,
  name: '${this.name}',
  directory: '${project}',
  state: '${this.state}',
  serve: { https: ${https}, http: ${http} },
  ports: { pooler: ${pooler}, first: ${first} },
  database: { replicas: 0 },
  // Five programs more for each file of tests; those that are about it switch it on.
  monitoring: { enabled: false },
  // Each of many instances would make its first backup: those that are about backups switch them on.
  backup: { enabled: false },
  ${change}
}
`,
    )
  }

  /** Runs a verb on this instance as an operator would. */
  edge(
    args: readonly string[],
    options: { env?: Record<string, string>; onLine?: (line: string) => void } = {},
  ): Promise<EdgeRun> {
    return runEdge([...args.slice(0, 1), '--config', this.file, ...args.slice(1)], options)
  }

  /** Runs a verb that must end with 0. */
  async must(...args: string[]): Promise<EdgeRun> {
    const ran = await this.edge(args)
    if (ran.code === 0) return ran
    // The reason first: what prints a failure may cut off its end.
    const reason = ran.stdout.split(/\n(?=\s+[✓✗–] )/).filter((part) => part.includes('✗ '))
    throw new Error([`edge ${args.join(' ')} ended with ${ran.code}`, ran.stderr, ...reason, ran.stdout].join('\n'))
  }

  async status(): Promise<Status> {
    // It ends with 1 where an engine is down.
    return JSON.parse((await this.#ask(['status', '--json'])).stdout)
  }

  /** The verdicts now, by id. */
  async verify(...named: string[]): Promise<ReadonlyMap<string, JudgementJson>> {
    const { stdout } = await this.#ask(['verify', '--json', ...named])
    const { guarantees }: { guarantees: readonly JudgementJson[] } = JSON.parse(stdout)
    return new Map(guarantees.map((judgement) => [judgement.id, judgement]))
  }

  /** What is found of one guarantee now. */
  async judgement(id: string): Promise<JudgementJson | undefined> {
    return (await this.verify(id)).get(id)
  }

  /** Its verdict with the reason, so that a failure says more than `broken`; `kept: ` has none. */
  async verdict(id: string): Promise<string> {
    const found = await this.judgement(id)
    return `${found?.verdict}: ${found?.because ?? ''}`
  }

  /** What a verb that only looks answers; it must end with 0. */
  async answer(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#ask(args)
    if (code !== 0) throw new Error(`edge ${args.join(' ')} ended with ${code}\n${stderr}\n${stdout}`)
    return stdout
  }

  /** What `edge` answers to a question, without a start of the program for each. */
  async #ask(args: readonly string[]): Promise<EdgeRun> {
    const running = await this.running()
    // Nothing belongs to anybody yet, and the program says so itself.
    return running ? running.answers([...args, '--config', this.file]) : this.edge(args)
  }

  /** The program, started once as the engines' user; undefined where there is no instance yet. */
  async running(): Promise<RunningEdge | undefined> {
    this.#running ??= await RunningEdge.ofOwner(this.state)
    return this.#running
  }

  async pid(engine: string): Promise<number> {
    const found = (await this.status()).engines.find(({ name }) => name === engine)?.pid
    if (found === undefined || found === null) throw new Error(`${engine} does not run`)
    return found
  }

  read(path: string): Promise<string> {
    return readFile(join(this.state, path), 'utf8')
  }

  /** Stops what runs, and leaves nothing on the disk. */
  async remove(): Promise<void> {
    this.#running?.end()
    this.#running = undefined
    await this.edge(['destroy', '--yes'])
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Runs `./edge`, or the door of another clone, and collects what it says. */
export function runEdge(
  args: readonly string[],
  options: { env?: Record<string, string>; onLine?: (line: string) => void; cwd?: string; door?: string } = {},
): Promise<EdgeRun> {
  const child = spawn(options.door ?? join(project, 'edge'), args, {
    cwd: options.cwd ?? project,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  if (options.onLine) createInterface({ input: child.stdout }).on('line', options.onLine)
  return new Promise((resolve_, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve_({ code, stdout, stderr }))
  })
}
