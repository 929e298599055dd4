import { type Database, openDatabase, type PasswordSource } from './database.ts'
import { apiEnvironment, EnvironmentProblem } from './environment.ts'
import { buildServer } from './server.ts'
import type { StateTables } from './state-dynamodb.ts'
import { accountsIn, stateIn } from './state-postgres.ts'
import type { State } from './state.ts'
import { uploadsIn } from './uploads.ts'

/** After this, what is still under way is cut: whoever stops the process kills it a little later. */
const stopWithinMs = 9000
const tidyEveryMs = 10 * 60_000

/** Listens until it is told to stop. Without what it needs of `process.env` it ends the process with 2, and with 1 where it cannot begin. */
export async function serve(): Promise<void> {
  try {
    await listen()
  } catch (error) {
    const known = error instanceof EnvironmentProblem
    process.stderr.write(`api: ${known ? error.message : (error instanceof Error && error.stack) || String(error)}\n`)
    process.exit(known ? 2 : 1)
  }
}

async function listen(): Promise<void> {
  const environment = apiEnvironment(process.env)
  const stopping = new AbortController()
  const password = environment.passwordSecret === undefined ? undefined : await onAws(environment.passwordSecret)
  const writer = openDatabase(environment.writerUrl, stopping.signal, password)
  const reader = openDatabase(environment.readerUrl, stopping.signal, password)
  const state = environment.stateTables ? await stateOnAws(environment.stateTables, writer) : stateIn(writer)
  const { publicUrl, proxySecret, logLevel } = environment
  const server = buildServer({
    writer,
    reader,
    state,
    uploads: uploadsIn(environment.uploads),
    publicUrl,
    proxySecret,
    logLevel,
    stopping: stopping.signal,
  })

  const tidy = setInterval(() => {
    state.tidy().catch((error: unknown) => server.log.warn({ err: error }, 'expired sessions were not removed'))
  }, tidyEveryMs)

  const stop = async (signal: string): Promise<void> => {
    server.log.info({ signal }, 'stopping')
    clearInterval(tidy)
    const late = setTimeout(() => {
      server.log.warn('requests were still under way and were cut')
      process.exit(0)
    }, stopWithinMs)
    late.unref()
    // Stops accepting and waits for what is under way; who waits for a database that is away is told so now.
    stopping.abort()
    await server.close()
    await Promise.all([writer.close(), reader.close()])
    server.log.info('stopped')
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void stop(signal))

  await server.listen({ host: environment.host, port: environment.port })
}

/** The SDK is loaded where it is asked for alone: it takes longer to load than all else. */
async function stateOnAws(tables: StateTables, writer: Database): Promise<State> {
  const [{ DynamoDBClient }, { stateInTables }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('./state-dynamodb.ts'),
  ])
  return stateInTables(tables, new DynamoDBClient({}), accountsIn(writer))
}

/** The same of what knows the password. */
async function onAws(secret: string): Promise<PasswordSource> {
  const [{ SecretsManagerClient }, { passwordIn }] = await Promise.all([
    import('@aws-sdk/client-secrets-manager'),
    import('./password-secret.ts'),
  ])
  return passwordIn(secret, new SecretsManagerClient({}))
}
