import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { Interrupted, OperatorError } from './core/errors.ts'
import type { Command, Output, Ran, RunOptions, World } from './core/world.ts'

const defaultTimeoutMs = 60_000
/** Between the polite signal and SIGKILL when the operator interrupts. */
const graceMs = 5000

/** The real world, made once by main.ts; tests make one with other streams and another signal. */
export function realWorld(
  given: Pick<World, 'argv' | 'env' | 'cwd' | 'uid' | 'stdinIsTTY' | 'stdin' | 'stdout' | 'stderr' | 'signal'>,
): World {
  const env = { ...given.env, PATH: withSystemPrograms(given.env['PATH'] ?? '') }
  return {
    ...given,
    env,
    now: () => new Date(),
    run: (command, options) => run(command, { env, cwd: given.cwd }, given.signal, options),
    sleep: async (ms) => {
      await wait(ms, undefined, { signal: given.signal }).catch(() => {
        throw new Interrupted()
      })
    },
  }
}

/**
 * What the caller has told PostgreSQL's clients, pgBackRest, restic, Patroni or etcd for work of their own. Each of these
 * programs reads its environment before its configuration: with a PGBACKREST_REPO1_PATH there, backups went elsewhere, and
 * RESTIC_PASSWORD_FILE made a repository with a key that nobody wrote down. PGSSLROOTCERT is meant for us (docs/aws.md).
 */
export const isOfOthers = (name: string): boolean => /^(?:PG(?!SSLROOTCERT$)[A-Z]|RESTIC_|PATRONI_|ETCD)/.test(name)

/** Debian leaves these out of the PATH of everybody but root; nginx, haproxy and pgbouncer lie there. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

function withSystemPrograms(path: string): string {
  const folders = path.split(':').filter((folder) => folder !== '')
  return [...folders, ...systemFolders.filter((folder) => !folders.includes(folder))].join(':')
}

export function streamOutput(stream: NodeJS.WriteStream): Output {
  return {
    stream,
    write: (text) => void stream.write(text),
    get isTTY() {
      return stream.isTTY === true
    },
    get columns() {
      return stream.columns ?? 100
    },
  }
}

function run(
  command: Command,
  base: Pick<World, 'env' | 'cwd'>,
  signal: AbortSignal,
  options: RunOptions = {},
): Promise<Ran> {
  const stops = options.uninterrupted !== true
  if (signal.aborted && stops) return Promise.reject(new Interrupted())
  const [program, ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? base.cwd,
      env: { ...base.env, ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // The terminal sends Ctrl-C to all of its group.
      detached: !stops,
    })
    if (child.pid !== undefined) options.onStart?.(child.pid)
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
      // What it started may still hold the pipes open, and would be waited for without end.
      child.stdout?.destroy()
      child.stderr?.destroy()
    }, options.timeoutMs ?? defaultTimeoutMs)
    const forget = stops ? stopOnAbort(child, signal) : () => undefined
    const stdout = collect(child.stdout, options.onLine)
    const stderr = collect(child.stderr, options.onLine)
    // A program that ends without reading its input closes the pipe; how it ended is in its exit code.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.input)
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      forget()
      reject(
        error.code === 'ENOENT'
          ? new OperatorError(program, 'is not installed', 'edge up installs what it needs')
          : error,
      )
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      forget()
      if (signal.aborted && stops) reject(new Interrupted())
      else resolve({ code, stdout: stdout(), stderr: stderr(), timedOut })
    })
  })
}

function stopOnAbort(child: ChildProcess, signal: AbortSignal): () => void {
  let kill: NodeJS.Timeout | undefined
  const stop = () => {
    child.kill('SIGTERM')
    kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
  }
  signal.addEventListener('abort', stop, { once: true })
  return () => {
    signal.removeEventListener('abort', stop)
    clearTimeout(kill)
  }
}

function collect(stream: NodeJS.ReadableStream | null, onLine?: (line: string) => void): () => string {
  let text = ''
  // Decoded as a stream: a character may lie across two chunks.
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string) => (text += chunk))
  if (stream && onLine) createInterface({ input: stream }).on('line', onLine)
  return () => text
}
