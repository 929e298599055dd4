import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { freePorts } from '../ports.ts'
import { pythonProgram } from '../python-program.ts'
import { testWorld } from '../world.ts'

const requirements = join(import.meta.dirname, 'requirements.txt')
const startsWithinMs = 30_000

/** An emulator of AWS on a loopback port; what it answers is no proof of AWS, and nothing says that it is. */
export class MiniStack {
  /** What the SDK has to be told to ask it. */
  readonly environment: Readonly<Record<string, string>>
  readonly port: number
  readonly address: string
  private readonly process: ChildProcess

  private constructor(port: number, process: ChildProcess) {
    this.port = port
    this.address = `http://127.0.0.1:${port}`
    this.process = process
    this.environment = {
      AWS_ENDPOINT_URL: this.address,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    }
  }

  static async start(): Promise<MiniStack> {
    const { world } = testWorld()
    const folder = await pythonProgram('ministack-1.5.33', requirements, world)
    const [port = 0] = await freePorts(1)
    // Tests that are interrupted end no emulator; the death of theirs does.
    const command = ['--pdeathsig', 'TERM', '--', 'python3', join(import.meta.dirname, 'launcher.py')]
    const child = spawn('setpriv', command, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        PYTHONPATH: folder,
        BIND_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        IOT_MTLS_ENABLED: '0',
        MINISTACK_REGION: 'us-east-1',
        LOG_LEVEL: 'ERROR',
        PATH: `${resolve(process.execPath, '..')}:${process.env['PATH'] ?? ''}`,
      },
    })
    const emulator = new MiniStack(port, child)
    const deadline = Date.now() + startsWithinMs
    while (!(await emulator.answers())) {
      if (child.exitCode !== null) throw new Error(`MiniStack ended with ${child.exitCode}`)
      if (Date.now() > deadline) throw new Error('MiniStack does not answer')
      await world.sleep(100)
    }
    return emulator
  }

  private async answers(): Promise<boolean> {
    const answer = await fetch(`${this.address}/_ministack/health`).catch(() => undefined)
    return answer?.ok === true
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return
    const closed = once(this.process, 'close')
    this.process.kill('SIGTERM')
    await closed
  }
}
