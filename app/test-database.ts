import { spawn } from 'node:child_process'
import { appendFile, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { freePorts } from '../test/ports.ts'

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

/**
 * Makes and starts one, with these parameters beside PostgreSQL's defaults. PostgreSQL refuses to run as root, so root hands
 * over to the user `postgres`.
 */
export async function startTestDatabase(
  parameters: Readonly<Record<string, string | number | boolean>> = { fsync: 'off' },
): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'app-database-'))
  const user = process.getuid?.() === 0 ? await idsOf('postgres') : undefined
  if (user) await chown(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const [port = 0] = await freePorts(1)
  const as = user ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []
  const control = (...args: readonly string[]) => run([...as, join(binaries, 'pg_ctl'), '-D', data, '-w', ...args])
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`
  const start = async () => void (await control('-l', join(folder, 'log'), '-o', options, 'start'))
  const stop = async () => void (await control('-m', 'immediate', 'stop'))
  const made = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--data-checksums', '--no-sync']
  await run([...as, join(binaries, 'initdb'), ...made])
  const lines = Object.entries(parameters).map(([name, value]) => `${name} = '${value}'\n`)
  await appendFile(join(data, 'postgresql.conf'), lines.join(''))
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
