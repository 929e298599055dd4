import { access, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DrillRecord } from '../../../src/core/record.ts'
import type { World } from '../../../src/core/world.ts'
import { postgresPrograms } from '../../../src/engines/patroni.ts'
import { type PgAddress, withClient } from '../../../src/engines/postgres.ts'
import { certificateStep, tlsFiles } from '../../../src/targets/local/certificate.ts'
import { makePrivateDirectory, writeAtomically } from '../../../src/targets/local/files.ts'
import { testWorld } from '../../../test/world.ts'
import type { Backups } from '../backups.ts'
import { archiveParameters, backupPaths } from '../paths.ts'
import { backupSettings } from '../settings.ts'
import { repositoryStep } from '../step-repository.ts'

/** The package `faketime` brings it. */
const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'

/** Settings with which each backup is over its time a day later. */
export const dayEach = {
  daily: { keep: '1 day' },
  files: { expiry: '1 day' },
  applicationState: { keep: '1 day' },
} as const

/**
 * Backups of a server of their own, whose clock can be set; the machine's own clock is left alone. PostgreSQL and pgBackRest
 * run under libfaketime: pgBackRest names a backup after the time that the server says. restic, which asks the kernel past
 * every library, is told the time of each snapshot; edge is handed a World. What this cannot do: files on the disk have the
 * machine's time, so those of the archive are dated by hand.
 */
export class Dated {
  readonly backups: Backups
  readonly world: World
  readonly messages: string[] = []
  readonly #folder: string
  readonly #address: PgAddress
  readonly #dated = new Set<string>()
  #ahead = 0

  /** `settings`: as an operator writes them. Made by whoever owns the folder: PostgreSQL refuses root. */
  constructor(folder: string, port: number, settings: object = {}) {
    this.#folder = folder
    const instance = { state: join(folder, 'state'), secrets: { backup: 'the-key-of-a-test' } }
    const parsed = backupSettings.parse(settings)
    const ca = tlsFiles(instance.state).ca
    this.#address = { host: 'localhost', port, database: 'app', user: 'postgres', password: 'none', ca }
    const { world } = testWorld()
    this.world = {
      ...world,
      now: () => new Date(Date.now() + this.#ahead),
      run: (command, options) => {
        const { dated, env } = this.#onTime(command)
        return world.run(dated, { ...options, env: { ...options?.env, ...env } })
      },
    }
    const records: DrillRecord[] = []
    this.backups = {
      state: instance.state,
      settings: parsed,
      paths: backupPaths(instance, parsed),
      folders: [join(instance.state, 'uploads')],
      bounds: { size: [0, Infinity], duration: parsed.daily.keep },
      database: {
        leader: async () => ({
          server: { data: this.#data, port, socket: folder, user: 'postgres', password: 'none' },
          app: this.#address,
        }),
        edge: this.#address,
        replaceable: {
          members: [],
          dataOf: () => this.#data,
          passwords: {},
          stop: async () => undefined,
          forget: async () => undefined,
          leads: async () => undefined,
          noteLosses: () => Promise.resolve(),
        },
      },
      records: {
        newest: async (drill) => records.findLast((record) => record.drill === drill),
        keep: async (record) => void records.push(record),
      },
      inbox: { put: async ({ says }) => void this.messages.push(says), newest: async () => [] },
    }
  }

  get #data(): string {
    return join(this.#folder, 'state', 'data', 'pg1')
  }

  get #faked(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: join(this.#folder, 'clock'),
      // Who runs already is to see it at once.
      FAKETIME_NO_CACHE: '1',
      // Timers go on as they are, and files keep their times.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    }
  }

  #onTime(command: Parameters<World['run']>[0]) {
    const [program] = command
    if (program === '/usr/bin/pgbackrest') return { dated: command, env: this.#faked }
    const at = command.indexOf('backup')
    if (program !== 'restic' || at === -1 || command.includes('--time')) return { dated: command, env: { TZ: 'UTC' } }
    const time = this.world.now().toISOString().slice(0, 19).replace('T', ' ')
    const [, ...words] = command
    const dated = [program, ...words.slice(0, at), '--time', time, ...words.slice(at)] as const
    return { dated, env: { TZ: 'UTC' } }
  }

  /** Sets the clock. Whoever runs sees it. */
  async set(to: Date): Promise<void> {
    const seconds = Math.round((to.getTime() - Date.now()) / 1000)
    this.#ahead = seconds * 1000
    await writeAtomically(join(this.#folder, 'clock'), `${seconds < 0 ? '' : '+'}${seconds}\n`, 0o644)
  }

  /** Gives what came into the archive the time that it would have come at: edge reads it there. */
  async dateArchive(): Promise<void> {
    for (const repository of this.backups.paths.database.repositories) {
      const archive = join(repository, 'archive', 'edge')
      for (const name of await readdir(archive, { recursive: true })) {
        const file = join(archive, name)
        if (this.#dated.has(file)) continue
        const seen = await stat(file).catch(() => undefined)
        if (seen?.isFile() !== true || file.endsWith('.pgbackrest.tmp')) continue
        const at = (seen.mtimeMs + this.#ahead) / 1000
        await utimes(file, at, at)
        this.#dated.add(file)
      }
    }
  }

  sql(text: string): Promise<readonly Record<string, unknown>[]> {
    return withClient(this.#address, async (client) => (await client.query(text)).rows)
  }

  /** Does something with a server, which is stopped in the end. The clock is set before. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    // Without it, no clock would be set, and all would be green.
    await access(library)
    try {
      await this.#start()
      return await work()
    } finally {
      await this.#must([...this.#control, '-m', 'fast', 'stop']).catch(() => undefined)
    }
  }

  /** A server with edge's own tables, and both repositories. */
  async #start(): Promise<void> {
    const { state, settings } = this.backups
    const uploads = join(state, 'uploads')
    for (const folder of [state, join(state, 'tls'), join(state, 'run'), uploads]) await makePrivateDirectory(folder)
    await writeFile(join(uploads, 'letter.txt'), 'before the first day')
    await certificateStep(state, 'localhost').ensure(this.world, { missing: 'all of it' })
    await this.#must([
      join(postgresPrograms, 'initdb'),
      '-D',
      this.#data,
      '--data-checksums',
      '-E',
      'UTF8',
      '-A',
      'trust',
    ])
    const { certificate, key } = tlsFiles(state)
    const parameters = {
      ...archiveParameters({ state, secrets: { backup: 'the-key-of-a-test' } }, settings),
      listen_addresses: '127.0.0.1',
      port: this.#address.port,
      unix_socket_directories: this.#folder,
      ssl: 'on',
      ssl_cert_file: certificate,
      ssl_key_file: key,
      // Only what is asked for goes into the archive: nobody could date what comes by itself.
      archive_timeout: 0,
      shared_buffers: '64MB',
      timezone: 'UTC',
      log_timezone: 'UTC',
    }
    const text = Object.entries(parameters).map(
      ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`,
    )
    await writeFile(join(this.#data, 'postgresql.auto.conf'), text.join(''))
    await this.#must([...this.#control, '-l', join(this.#folder, 'postgresql.log'), 'start'], this.#faked)
    const psql = (database: string, statements: string) =>
      this.#must([
        'psql',
        '-qh',
        this.#folder,
        '-p',
        String(this.#address.port),
        '-U',
        'postgres',
        '-d',
        database,
        '-c',
        statements,
      ])
    await psql('postgres', 'create database app')
    await psql(
      'app',
      `create role edge superuser login; create schema edge; create schema state;
       create table edge.heartbeat (at timestamptz not null); insert into edge.heartbeat values (now());
       create table state.sessions (day int); create table public.days (day int, what text)`,
    )
    await repositoryStep(this.backups, []).ensure(this.world, { missing: 'all of it' })
  }

  get #control() {
    return [join(postgresPrograms, 'pg_ctl'), '-D', this.#data, '-s', '-w'] as const
  }

  async #must(command: readonly [string, ...string[]], env = {}): Promise<void> {
    const ran = await testWorld().world.run(command, { env: { LC_ALL: 'C.UTF-8', ...env } })
    if (ran.code !== 0) throw new Error(`${command.join(' ')} ended with ${ran.code}\n${ran.stdout}${ran.stderr}`)
  }
}
