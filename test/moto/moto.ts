import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Ran } from '../../src/core/world.ts'
import { freePorts } from '../ports.ts'
import { pythonProgram } from '../python-program.ts'
import { testWorld } from '../world.ts'

const requirements = join(import.meta.dirname, 'requirements.txt')
const startsWithinMs = 60_000
const { world } = testWorld()

/** An emulator of RDS's API that restores, promotes and fails over, and AWS's own command line before it. */
export class Moto {
  readonly address: string
  readonly #process: ChildProcess
  readonly #environment: Record<string, string>

  private constructor(address: string, process_: ChildProcess, packages: string) {
    this.address = address
    this.#process = process_
    this.#environment = {
      PYTHONPATH: packages,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'us-east-1',
    }
  }

  static async start(): Promise<Moto> {
    const packages = await pythonProgram('moto-5.2.5', requirements, world)
    const [port = 0] = await freePorts(1)
    // Tests that are interrupted end no emulator; the death of theirs does.
    const serve = `from moto.server import main; main(['-H', '127.0.0.1', '-p', '${port}'])`
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', 'python3', '-c', serve], {
      stdio: 'ignore',
      env: { ...process.env, PYTHONPATH: packages },
    })
    const moto = new Moto(`http://127.0.0.1:${port}`, child, packages)
    const deadline = Date.now() + startsWithinMs
    while (
      !(await fetch(`${moto.address}/moto-api/data.json`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (child.exitCode !== null) throw new Error(`moto ended with ${child.exitCode}`)
      if (Date.now() > deadline) throw new Error('moto does not answer')
      await world.sleep(100)
    }
    return moto
  }

  /** Runs a command as it is typed in a shell: `aws rds …`. */
  shell(command: string): Promise<Ran> {
    const aws = `aws() { python3 -m awscli --endpoint-url ${this.address} "$@"; }`
    return world.run(['bash', '-c', `${aws}; ${command}`], { env: this.#environment, timeoutMs: 120_000 })
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const closed = once(this.#process, 'close')
    this.#process.kill('SIGTERM')
    await closed
  }
}
