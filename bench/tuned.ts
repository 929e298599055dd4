import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../app/api/database.ts'
import { migrate } from '../app/test-api.ts'
import { queryAt, startTestDatabase, type TestDatabase } from '../app/test-database.ts'
import { everythingAsked, fillState, filledAccount, type Statement } from '../app/test-queries.ts'
import { clusterSettings } from '../infrastructure/database/render-patroni.ts'
import { databaseSettings } from '../infrastructure/database/settings.ts'
import type { Bench, Part } from './part.ts'
import { makeTables, ratiosOf, type Server } from './pgbench.ts'
import { result } from './result.ts'

/** 750 MB: six times what PostgreSQL's default has buffers for. */
const scale = 50

/** Who asks, and for what: others each, or all would write the same rows. */
const askers = [
  { sport: 'nba', day: '2022-06-16' },
  { sport: 'nfl', day: '1987-10-11' },
  { sport: 'mlb', day: '2019-07-04' },
  { sport: 'nhl', day: '2022-01-15' },
  { sport: 'premier-league', day: '2025-08-16' },
].map((asked, index) => ({ ...asked, account: filledAccount(1 + index) }))

/** What `edge database top` is read from. It costs each query some percent, which is no part of how a server is tuned. */
const counting = { shared_preload_libraries: 'pg_stat_statements' }

/** Two servers that differ in nothing but what the database room sets; both count queries, and have loopback without TLS. */
async function tuned(bench: Bench): Promise<void> {
  const { parameters } = clusterSettings(totalmem(), databaseSettings.parse(undefined), {}).postgresql
  const folder = await mkdtemp(join(tmpdir(), 'edge-bench-'))
  const servers: TestDatabase[] = []
  try {
    for (const given of [{ ...parameters, ssl: 'off' }, counting]) {
      const server = await startTestDatabase(given)
      servers.push(server)
      await migrate(server)
      await fillState(server.ownerUrl)
      await makeTables(serverOf(server.ownerUrl), scale)
      await queryAt(server.ownerUrl, ['grant select, insert, update on all tables in schema public to app'])
    }
    const [one, other] = servers
    if (!one || !other) throw new Error('there are not two servers')
    const ratios = (args?: readonly string[]) => ratiosOf(bench, serverOf(one.appUrl), serverOf(other.appUrl), args)
    bench.found(
      result(
        "TPC-B, tuned against PostgreSQL's defaults, both with pg_stat_statements",
        '×',
        { atLeast: 1 },
        await ratios(),
      ),
    )
    const own = await ratios(await appLoad(one, folder))
    bench.found(result("the app's queries, likewise", '×', { atLeast: 1 }, own))
  } finally {
    for (const server of servers) await server.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

export const parts: readonly Part[] = [{ name: 'parameters', measure: tuned }]

function serverOf(url: string): Server {
  const { hostname: host, port, username: user, pathname } = new URL(url)
  return { host, port: Number(port), user, database: pathname.slice(1) }
}

/** Words of pgbench for a load of what the app itself asks: each transaction of it is as likely as any other. */
async function appLoad(server: TestDatabase, folder: string): Promise<readonly string[]> {
  const database = openDatabase(server.appUrl, new AbortController().signal)
  const asked: (readonly Statement[])[] = []
  for (const asker of askers) asked.push(...(await everythingAsked(database, asker)))
  await database.close()
  const scripts = asked.flatMap((together, index) => scriptOf(together, `q${index}`) ?? [])
  const words = scripts.map(async ({ name, text, variables }) => {
    const file = join(folder, `${name}.sql`)
    await writeFile(file, text)
    return [`--file=${file}`, ...Object.entries(variables).map(([variable, value]) => `--define=${variable}=${value}`)]
  })
  // As the driver asks: values apart from the text, and nothing prepared by a name.
  return ['--protocol=extended', ...(await Promise.all(words)).flat()]
}

/** A transaction as a script; none with a value that pgbench cannot give, which is null. */
function scriptOf(together: readonly Statement[], name: string) {
  const variables: Record<string, string> = {}
  const texts: string[] = []
  for (const [index, { text, values }] of together.entries()) {
    if (values.includes(null)) return undefined
    for (const [place, value] of values.entries()) variables[`${name}_${index}_${place + 1}`] = textOf(value)
    texts.push(`${text.replaceAll(/\$(\d+)/g, `:${name}_${index}_$1`).trim()};\n`)
  }
  const text = texts.length > 1 ? `begin;\n${texts.join('')}commit;\n` : texts.join('')
  return { name, text, variables }
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new Error(`the app asks with a ${typeof value}`)
}
