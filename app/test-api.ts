import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePorts } from '../test/ports.ts'
import { until } from '../test/until.ts'
import type { TestDatabase } from './test-database.ts'

/** What nginx would show to the processes. */
export const testProxySecret = 'the secret of the proxy'
export const testPassword = 'correct horse battery staple'

/** One API process, as `edge` starts it. */
export type TestApi = {
  readonly url: string
  readonly child: ChildProcess
  /** What it has written so far, and how it ended if it did: for a message that says why it does not answer. */
  readonly said: () => string
  /** SIGTERM; answers the exit code. */
  readonly stop: () => Promise<number | null>
}

/** Runs the migrations with two test accounts; answers what they printed. */
export async function migrate(database: TestDatabase): Promise<string> {
  const environment = { DATABASE_URL: database.ownerUrl, TEST_ACCOUNTS: '2', TEST_PASSWORD: testPassword }
  const child = start('migrate.ts', environment)
  let said = ''
  child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()))
  child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`migrate.ts ended with ${String(code)}:\n${said}`)
  return said
}

/** Starts one and waits until it answers. */
export async function startApi(database: TestDatabase, uploads: string, publicUrl: string): Promise<TestApi> {
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const child = start('main.ts', {
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: database.appUrl,
    DATABASE_READER_URL: database.appUrl,
    UPLOADS_DIRECTORY: uploads,
    PUBLIC_URL: publicUrl,
    PROXY_SECRET: testProxySecret,
    LOG_LEVEL: 'error',
  })
  let output = ''
  child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString()))
  child.stderr?.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const said = () => `${output}main.ts ended with ${child.exitCode ?? child.signalCode ?? 'nothing: it runs'}`
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(said())
      return (await fetch(`${url}/api/health`).catch(() => undefined))?.ok === true
    },
    `${url} answers`,
    { everyMs: 20 },
  )
  const stop = async () => {
    if (child.exitCode !== null) return child.exitCode
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    return child.exitCode
  }
  return { url, child, said, stop }
}

/** Only what is given: nothing of the environment of the tests may help a process along. */
function start(file: string, environment: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'api', file)], {
    cwd: join(import.meta.dirname, '..'),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
