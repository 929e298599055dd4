import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../../test/ports.ts'
import { testWorld } from '../../../test/world.ts'
import { connectTrusting } from '../../../src/engines/postgres.ts'
import { postgresPrograms } from '../../../src/engines/patroni.ts'

const startsWithinMs = 30_000
const password = 'not-a-secret'

/** A primary and its replica, as RDS has them for clients: PostgreSQL over TLS, with one user whose password is in a secret. */
export class TwoServers {
  readonly pool: string
  /** The primary's own address: there is no program between. */
  readonly session: string
  readonly reader: string
  /** The file of the authority of their certificate. */
  readonly authority: string
  readonly signIn = { username: 'edge', password }
  readonly #folder: string
  readonly #running: ChildProcess[] = []

  private constructor(folder: string, [primary, replica]: readonly number[]) {
    this.#folder = folder
    this.pool = `127.0.0.1:${primary}`
    this.session = this.pool
    this.reader = `127.0.0.1:${replica}`
    this.authority = join(folder, 'server.crt')
  }

  static async start(): Promise<TwoServers> {
    const folder = await mkdtemp(join(tmpdir(), 'edge-two-servers-'))
    const servers = new TwoServers(folder, await freePorts(2))
    try {
      await servers.#begin()
      return servers
    } catch (error) {
      await servers.stop()
      throw error
    }
  }

  /** Asks one of them, as the user of the secret. */
  async query(door: 'pool' | 'reader', statement: string, database = 'app'): Promise<readonly unknown[]> {
    const [host = '', port] = this[door].split(':')
    const { username: user } = this.signIn
    const ca = await readFile(this.authority, 'utf8')
    const client = await connectTrusting({ host, port: Number(port), database, user, password }, ca, 'test', 5000)
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows
    } finally {
      await client.end()
    }
  }

  /** Who speaks no TLS is refused from now on, as with `rds.force_ssl`. */
  async forceTls(): Promise<void> {
    for (const [member, door] of [
      ['primary', 'pool'],
      ['replica', 'reader'],
    ] as const) {
      const file = join(this.#folder, member, 'pg_hba.conf')
      await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/^host\b/gm, 'hostssl'))
      await this.query(door, 'select pg_reload_conf()')
    }
  }

  async stop(): Promise<void> {
    for (const server of this.#running.toReversed()) {
      if (server.exitCode !== null) continue
      const closed = once(server, 'close')
      server.kill('SIGINT')
      await closed
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #begin(): Promise<void> {
    const [key, secret] = ['server.key', 'password'].map((name) => join(this.#folder, name))
    await writeFile(secret ?? '', password)
    const names = ['-subj', '/CN=edge test', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = [
      'openssl',
      'req',
      '-x509',
      '-nodes',
      '-days',
      '1',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
    ]
    await this.#must([...made, ...names, '-keyout', key ?? '', '-out', this.authority])
    await chmod(this.#folder, 0o755)
    if (isRoot) await this.#must(['chown', '-R', 'postgres', this.#folder])
    const primary = join(this.#folder, 'primary')
    await this.#asUser('initdb', '-D', primary, '-U', 'edge', '-k', '-A', 'scram-sha-256', `--pwfile=${secret}`)
    // As RDS asks for a token of IAM: in clear, within TLS. PostgreSQL takes the first line that fits.
    const lines = await readFile(join(primary, 'pg_hba.conf'), 'utf8')
    await writeFile(join(primary, 'pg_hba.conf'), `hostssl all ${byToken} 127.0.0.1/32 password\n${lines}`)
    this.#serve(primary, this.pool)
    await this.#answers('pool', 'postgres')
    await this.query('pool', 'create database app', 'postgres')
    const replica = join(this.#folder, 'replica')
    const [host = '', port = ''] = this.pool.split(':')
    const source = `host=${host} port=${port} user=edge password=${password}`
    await this.#asUser('pg_basebackup', '-D', replica, '-R', '-c', 'fast', '-X', 'stream', '-d', source)
    this.#serve(replica, this.reader)
    await this.#answers('reader')
  }

  #serve(data: string, address: string): void {
    const [host, port] = address.split(':')
    const options = {
      listen_addresses: host,
      port,
      unix_socket_directories: '',
      ssl: 'on',
      ssl_cert_file: this.authority,
      ssl_key_file: join(this.#folder, 'server.key'),
      shared_buffers: '16MB',
    }
    const words = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    // Tests that are interrupted end no server; the death of theirs does.
    const command = [
      '--pdeathsig',
      'INT',
      ...asPostgres,
      '--',
      join(postgresPrograms, 'postgres'),
      '-D',
      data,
      ...words,
    ]
    this.#running.push(spawn('setpriv', command, { stdio: 'ignore', cwd: this.#folder }))
  }

  async #answers(door: 'pool' | 'reader', database = 'app'): Promise<void> {
    const deadline = Date.now() + startsWithinMs
    for (;;) {
      const error: unknown = await this.query(door, 'select', database).then(
        () => undefined,
        (failed: unknown) => failed,
      )
      if (error === undefined) return
      if (Date.now() > deadline) throw new Error(`${this[door]} does not answer`, { cause: error })
      await testWorld().world.sleep(100)
    }
  }

  #asUser(program: string, ...args: string[]): Promise<void> {
    return this.#must(['setpriv', '--pdeathsig', 'KILL', ...asPostgres, '--', join(postgresPrograms, program), ...args])
  }

  async #must([program = '', ...args]: readonly string[]): Promise<void> {
    const ran = await testWorld().world.run([program, ...args], { cwd: this.#folder })
    if (ran.code !== 0) throw new Error(`${program} ended with ${ran.code}: ${ran.stderr}`)
  }
}

/** Who signs in by a token, once somebody makes that role. */
export const byToken = 'edge_reader'

const isRoot = testWorld().world.uid === 0
/** PostgreSQL refuses to run as root. */
const asPostgres = isRoot ? ['--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
