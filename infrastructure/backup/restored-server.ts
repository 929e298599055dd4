import { readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Client } from 'pg'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import { shortened } from '../../src/core/shortened.ts'
import type { World } from '../../src/core/world.ts'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import { postmasterOf, withoutStaleLock } from '../../src/engines/postmaster.ts'
import { readText, writeAtomically } from '../../src/targets/local/files.ts'
import { patience } from './patience.ts'

/** A restored copy on the disk. */
export type RestoredCopy = {
  readonly data: string
  readonly configuration: string
  readonly hba: string
  readonly log: string
}

export const restoredCopy = (folder: string): RestoredCopy => ({
  data: join(folder, 'data'),
  configuration: join(folder, 'postgresql.conf'),
  hba: join(folder, 'pg_hba.conf'),
  log: join(folder, 'postgresql.log'),
})

/**
 * Names the socket of a copy beside those of the members, whose ports are all lower. No TCP port: nobody reaches a copy but
 * the engines' user.
 */
const port = 40_000
const showBackups = 'edge backup list shows what there is; docs/runbooks/backup-failed.md goes through the causes'
const startWithinSeconds = 24 * 3600
const lockTimeoutMs = 60_000

/** Written beside the data, so that a copy takes none of the live one's addresses, archives nothing and asks no Patroni. */
function restoredConfiguration({ data, hba }: RestoredCopy, recovery: Readonly<Record<string, number>>): string {
  const settings = {
    data_directory: `'${data}'`,
    hba_file: `'${hba}'`,
    listen_addresses: "''",
    // Who may enter the folder is the copy's superuser, and nobody else.
    unix_socket_directories: `'${dirname(data)}'`,
    unix_socket_permissions: '0700',
    archive_mode: 'off',
    hot_standby: 'on',
    shared_buffers: '64MB',
    logging_collector: 'off',
    // It lives for a minute, and nobody is promised anything of it.
    synchronous_commit: 'off',
    autovacuum: 'off',
    // As on the live one: to compile what is asked once takes longer than to answer it, up to seconds before the first answer.
    jit: 'off',
    ...recovery,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')
}

/** The settings that recovery needs, as the copy's own control file has them. */
async function recoveryOf(copy: RestoredCopy, world: World): Promise<Readonly<Record<string, number>>> {
  const ran = await world.run([join(postgresPrograms, 'pg_controldata'), copy.data], { env: { LC_ALL: 'C' } })
  const names = {
    max_connections: 'max_connections',
    max_worker_processes: 'max_worker_processes',
    max_wal_senders: 'max_wal_senders',
    max_prepared_transactions: 'max_prepared_xacts',
    max_locks_per_transaction: 'max_locks_per_xact',
  }
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, label]) => {
      const value = new RegExp(`^${label} setting: +(\\d+)$`, 'm').exec(ran.stdout)?.[1]
      return value === undefined ? [] : [[name, Number(value)]]
    }),
  )
}

/** A server on a restored copy, on a socket of its own. */
export type RestoredServer = {
  readonly connect: (database: string) => Promise<Client>
  /** Where its socket lies, and the number in its name. */
  readonly socket: string
  readonly port: number
  readonly stop: (how?: 'fast' | 'immediate') => Promise<void>
}

/**
 * Starts a server on a copy. `socket`: the folder for its socket. `highest`: of what recovery needs, what the live server had since the backup: a setting that
 * was raised meanwhile would stop the recovery. Throws OperatorError with the server's own last words.
 */
export async function startRestored(
  copy: RestoredCopy,
  highest: Readonly<Record<string, number>>,
  socket: string,
  world: World,
): Promise<RestoredServer> {
  const own = await recoveryOf(copy, world)
  const recovery = Object.fromEntries(
    Object.entries(own).map(([name, value]) => [name, Math.max(value, highest[name] ?? 0)]),
  )
  await writeAtomically(copy.configuration, restoredConfiguration(copy, recovery))
  await writeAtomically(copy.hba, 'local all all trust\n')
  const control = (words: readonly string[], uninterrupted = false) =>
    world.run(
      [join(postgresPrograms, 'pg_ctl'), '-D', copy.data, '-s', '-w', '-t', String(startWithinSeconds), ...words],
      {
        timeoutMs: startWithinSeconds * 1000,
        uninterrupted,
        env: { LC_ALL: 'C.UTF-8' },
      },
    )
  const stop = async (how: 'fast' | 'immediate' = 'immediate'): Promise<void> => {
    if ((await withoutStaleLock(copy.data)) !== undefined) await control(['stop', '-m', how], true)
  }
  await stopOther(socket, world)
  // Or it would not start as long as anybody has the number of a server that is gone.
  await withoutStaleLock(copy.data)
  try {
    const options = `-c config_file='${copy.configuration}' -c unix_socket_directories='${socket}' -c port=${port}`
    const ran = await control(['start', '-l', copy.log, '-o', options])
    if (ran.code !== 0) throw new OperatorError('restore', await lastWords(copy), showBackups)
  } catch (error) {
    await stop()
    throw error
  }
  const connect = async (database: string): Promise<Client> => {
    // What was under way at the moment of a recovery holds its locks for as long as that stands still.
    const options = `${patience} -c lock_timeout=${lockTimeoutMs}`
    const client = new Client({ host: socket, port, user: 'postgres', database, options })
    client.on('error', () => undefined)
    await client.connect().catch(async (error: unknown) => {
      throw new OperatorError('restore', `${messageOf(error)}; ${await lastWords(copy)}`, showBackups)
    })
    return client
  }
  return { connect, socket, port, stop }
}

/** Names of all databases on a server that take connections. */
export async function databasesIn(server: RestoredServer): Promise<readonly string[]> {
  const client = await server.connect('postgres')
  const { rows } = await client
    .query<{ name: string }>('select datname as name from pg_database where datallowconn order by 1')
    .finally(() => client.end())
  return rows.map(({ name }) => name)
}

/** The last line of its log that says why. */
export async function lastWords({ log }: RestoredCopy): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n')
  const why = lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-2) ?? 'the server says nothing'
  return shortened(why.replace(/^.*?(FATAL|PANIC|ERROR): +/, ''))
}

/** The data directory that a socket's lock file names, where a copy's server holds the socket. */
export function copyIn(lock: string): string | undefined {
  const [, data] = lock.split('\n')
  return data !== undefined && basename(data) === 'data' ? data : undefined
}

/**
 * Ends the server of another copy that a killed restore left on this socket, which could not be opened otherwise. The turn
 * is ours, so nobody works with that copy; a server whose folder edge made no configuration for is left alone.
 */
async function stopOther(socket: string, world: World): Promise<void> {
  const lock = join(socket, `.s.PGSQL.${port}.lock`)
  const data = copyIn((await readText(lock)) ?? '')
  if (data === undefined) return
  const copy = restoredCopy(dirname(data))
  if ((await readText(copy.configuration)) === undefined) return
  await stopLeftOver(copy, world)
  if ((await postmasterOf(data)) === undefined) await rm(lock, { force: true })
}

/** Ends a server that a killed run left on a copy. */
export async function stopLeftOver(copy: RestoredCopy, world: World): Promise<void> {
  if ((await withoutStaleLock(copy.data)) === undefined) return
  await world.run([join(postgresPrograms, 'pg_ctl'), '-D', copy.data, '-w', 'stop', '-m', 'immediate'])
}

/** Removes a copy that a killed run left half done, with its server. */
export async function removeUnfinished(folder: string, world: World): Promise<void> {
  await stopLeftOver(restoredCopy(folder), world)
  await rm(folder, { recursive: true, force: true })
}
