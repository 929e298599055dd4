import { readFile } from 'node:fs/promises'
import { Client } from 'pg'

/** Where a PostgreSQL client connects to, and how it knows that it is the right server. */
export type PgAddress = {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** Path of the certificate authority; the connection is always encrypted and the server always verified. */
  readonly ca: string
  /** Parameters with which its sessions begin (`-c name=value`): they count more than those of its database and its role. */
  readonly options?: string | undefined
}

/** Long enough for the pool to find a new primary. */
const connectWithinMs = 40_000
/** For a server that is asked directly: one that hangs must not hold whoever looks at it; one on a busy machine answers after seconds. */
export const serverAnswersWithinMs = 8000

/** Opens one connection. Rejects with the server's own error. */
export async function connect(
  address: PgAddress,
  applicationName = 'edge',
  withinMs = connectWithinMs,
): Promise<Client> {
  return connectTrusting(address, await readFile(address.ca, 'utf8'), applicationName, withinMs)
}

/** The same, where the certificate authorities are no file: `ca` is what such files have in them. */
export async function connectTrusting(
  { host, port, database, user, password, options }: Omit<PgAddress, 'ca'>,
  ca: string | string[],
  applicationName: string,
  withinMs: number,
): Promise<Client> {
  const client = new Client({
    host,
    port,
    database,
    user,
    password,
    ssl: { ca },
    connectionTimeoutMillis: withinMs,
    application_name: applicationName,
    ...(options === undefined ? {} : { options }),
  })
  // Without a listener a connection that is lost while idle would end the whole process.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** What PostgreSQL, the pool or the kernel says where a server, or the way to it, ended; or leads no more. */
const lostCodes = /^(08...|57P0[123]|25006|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT)$/
/** The driver's own words have no code, and the pool's have one that says nothing. */
const lostWords =
  /connection terminated|not queryable|timeout expired|server conn crashed|server closed|query_wait_timeout|server login/i

/** Whether a server went away under a client, or the way to it: its successor may be asked again. */
export const isLostConnection = (error: unknown): boolean =>
  error instanceof Error && (('code' in error && lostCodes.test(String(error.code))) || lostWords.test(error.message))

/** Uses one connection and closes it, whatever becomes of the work. */
export async function withClient<Result>(
  address: PgAddress,
  use: (client: Client) => Promise<Result>,
  withinMs = connectWithinMs,
): Promise<Result> {
  const client = await connect(address, 'edge', withinMs)
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/**
 * The address as a URL for programs that read one; holds the password, so it goes into files and environments only.
 * `parameters` are more words for the driver.
 */
export function urlOf(address: PgAddress, parameters: Readonly<Record<string, string>> = {}): string {
  const more = Object.entries(parameters).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`)
  return `${publicUrlOf(address, encodeURIComponent(address.password))}${more.join('')}`
}

/** The address as a URL that may be shown: libpq takes the password from a password file. */
export function publicUrlOf({ host, port, database, user, ca }: PgAddress, password?: string): string {
  const login = password === undefined ? user : `${user}:${password}`
  return `postgresql://${login}@${host}:${port}/${database}?sslmode=verify-full&sslrootcert=${encodeURIComponent(ca)}`
}
