import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { World } from '../../src/core/world.ts'
import { freePorts } from '../ports.ts'
import { testWorld } from '../world.ts'

const project = resolve(import.meta.dirname, '../..')
const folder = join(project, '.tools', 'ministack-1.5.33')
const minutes = 60_000
const startsWithinMs = 30_000

/** An emulator of AWS on a loopback port; what it answers is no proof of AWS, and nothing says that it is. */
export class MiniStack {
  /** What the SDK has to be told to ask it. */
  readonly environment: Readonly<Record<string, string>>
  readonly port: number
  private readonly process: ChildProcess

  private constructor(port: number, process: ChildProcess) {
    this.port = port
    this.process = process
    this.environment = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    }
  }

  static async start(): Promise<MiniStack> {
    const { world } = testWorld()
    await install(world)
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
    const answer = await fetch(`http://127.0.0.1:${this.port}/_ministack/health`).catch(() => undefined)
    return answer?.ok === true
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return
    const closed = once(this.process, 'close')
    this.process.kill('SIGTERM')
    await closed
  }
}

/** Brings it once, every file of it by a pinned hash. */
async function install(world: World): Promise<void> {
  const there = await access(folder).then(
    () => true,
    () => false,
  )
  if (there) return
  await mkdir(join(project, '.tools'), { recursive: true })
  const staging = await mkdtemp(join(project, '.tools', 'new-'))
  try {
    const options = ['--quiet', '--no-cache-dir', '--require-hashes', '--only-binary=:all:', '--no-deps']
    const requirements = join(import.meta.dirname, 'requirements.txt')
    const ran = await world.run(['pip3', 'install', ...options, '--target', staging, '--requirement', requirements], {
      timeoutMs: 5 * minutes,
      env: { PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    })
    if (ran.code !== 0) throw new Error(`pip3: ${ran.stderr}`)
    await rename(staging, folder)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}
