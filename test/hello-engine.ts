import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Instance } from '../src/core/instance.ts'
import type { Engine, Part } from '../src/core/plan.ts'
import { duration } from '../src/core/units.ts'
import { converge } from '../src/targets/local/converge.ts'
import { makeInstance } from '../src/targets/local/instance.ts'
import { Supervisor, supervisorPaths } from '../src/targets/local/s6.ts'
import { prepareState } from '../src/targets/local/state.ts'
import { freePorts } from './ports.ts'
import { testWorld } from './world.ts'

/** A real program with a configuration file that it reads at its start and on SIGHUP, and that it can judge. */
const program = `
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
const [, , file, port, check] = process.argv
const read = () => { const text = readFileSync(file, 'utf8'); if (text.includes('bad')) throw new Error('bad line'); return text }
let text = read()
if (check === 'check') process.exit(0)
process.on('SIGHUP', () => { text = read() })
process.on('SIGTERM', () => process.exit(0))
createServer((_, response) => response.end(text + process.env.WORD)).listen(Number(port), '127.0.0.1')
`

/** An instance with a supervisor that runs, and one engine that is as small as one can be. */
export class HelloInstance {
  readonly world = testWorld().world
  readonly instance: Instance
  readonly supervisor: Supervisor
  readonly port: number

  private constructor(state: string, port: number) {
    this.port = port
    this.instance = makeInstance({
      settings: {
        name: 'trial',
        user: 'trial',
        serve: { https: 1, http: 2, listen: '127.0.0.1' },
        ports: { pooler: 3, first: port },
      },
      state,
      user: { name: 'trial', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      project: state,
      directory: state,
      secrets: {},
    })
    this.supervisor = new Supervisor(supervisorPaths(state), this.world)
  }

  static async make(): Promise<HelloInstance> {
    const state = await mkdtemp(join(tmpdir(), 'edge-converge-'))
    const [port = 0] = await freePorts(1)
    const hello = new HelloInstance(state, port)
    await prepareState(state, 'trial')
    await writeFile(join(state, 'program.mjs'), program)
    await hello.supervisor.start()
    return hello
  }

  /** Where the engine's configuration lies. */
  get file(): string {
    return join(this.instance.state, 'engines', 'hello', 'hello.conf')
  }

  engine(text: string, change: Partial<Engine> = {}): Engine {
    const { file, instance, port } = this
    const command = (path: string, ...more: string[]) =>
      [process.execPath, join(instance.state, 'program.mjs'), path, String(port), ...more] as const
    return {
      kind: 'engine',
      name: 'hello',
      component: 'app',
      command: command(file),
      environment: { WORD: ' world' },
      files: [{ path: file, content: text }],
      judge: { file, command: (staged) => command(staged, 'check') },
      ready: { kind: 'http', url: `http://127.0.0.1:${port}/`, status: 200 },
      readyWithin: duration('10 seconds'),
      reload: { signal: 'SIGHUP' },
      stop: 'SIGTERM',
      stopWithin: duration('5 seconds'),
      after: [],
      ...change,
    }
  }

  applied = (...plan: readonly Part[]) => {
    const { instance, supervisor, world } = this
    return converge(plan, { instance, supervisor, world, report: () => undefined })
  }

  said = async (): Promise<string> => (await fetch(`http://127.0.0.1:${this.port}/`)).text()

  pid = async () => (await this.supervisor.status('hello')).pid

  async remove(): Promise<void> {
    await this.supervisor.stop([])
    await rm(this.instance.state, { recursive: true, force: true })
  }
}
