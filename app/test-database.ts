import { spawn } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'

const binaries = process.env['POSTGRES_BIN'] ?? '/usr/lib/postgresql/15/bin'

/** A PostgreSQL of its own on loopback, with the database and the two roles that `edge` makes for an app. */
export type TestDatabase = {
  readonly ownerUrl: string
  readonly appUrl: string
  /** Stops it so that every connection is lost. */
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  readonly remove: () => Promise<void>
}

/** Makes and starts one. PostgreSQL refuses to run as root, so root hands over to the user `postgres`. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'app-database-'))
  const user = process.getuid?.() === 0 ? await idsOf('postgres') : undefined
  if (user) await chown(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const port = await freePort()
  const as = user ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []
  const control = (...args: readonly string[]) => run([...as, join(binaries, 'pg_ctl'), '-D', data, '-w', ...args])
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`
  const start = async () => void (await control('-l', join(folder, 'log'), '-o', options, 'start'))
  const stop = async () => void (await control('-m', 'immediate', 'stop'))
  await run([...as, join(binaries, 'initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'])
  await start()
  const urlOf = (role: string, database: string) => `postgresql://${role}@127.0.0.1:${port}/${database}`
  await queryAt(urlOf('postgres', 'postgres'), [
    'create role app_owner login',
    'create role app login',
    'create database app owner app_owner',
  ])
  return {
    ownerUrl: urlOf('app_owner', 'app'),
    appUrl: urlOf('app', 'app'),
    start,
    stop,
    remove: async () => {
      // It may be stopped already.
      await stop().catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function queryAt(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

async function idsOf(name: string): Promise<{ readonly uid: number; readonly gid: number }> {
  return { uid: Number(await run(['id', '-u', name])), gid: Number(await run(['id', '-g', name])) }
}

/** A port below those that the system hands out by itself, so that no outgoing connection can take it meanwhile. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (await isFree(port)) return port
  }
  throw new Error('found no free port between 20000 and 32000')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Runs a program to its end and answers what it printed. Output goes to pipes that a daemon does not keep open. */
function run([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()))
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()))
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve(said) : reject(new Error(`${program} ended with ${code}:\n${said}`)),
    )
  })
}
