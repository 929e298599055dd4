import { join } from 'node:path'
import { runner } from 'node-pg-migrate'
import { Client } from 'pg'
import { EnvironmentProblem, migrationEnvironment } from './environment.ts'
import { seedAccounts } from './seed-accounts.ts'
import { seedGames } from './seed-games.ts'

const migrations = join(import.meta.dirname, '../migrations')
const table = 'applied_migrations'

/** Brings the schema, the games and the accounts up to date; run twice, the second changes nothing. */
async function main(): Promise<void> {
  const { ownerUrl, testAccounts, testPassword } = migrationEnvironment(process.env)
  const client = new Client({ connectionString: ownerUrl, application_name: 'migrate' })
  await client.connect()
  try {
    // Whoever started one may be dead and the next one here: that waits until the first has imported its games, too.
    await client.query("select pg_advisory_lock(hashtextextended('app migrate', 0))")
    const applied = await runner({
      dbClient: client,
      dir: migrations,
      direction: 'up',
      migrationsTable: table,
      // Two at once: the second waits, finds everything applied, and goes on.
      advisoryLockMode: 'wait',
      logger: { info: () => undefined, warn: report, error: report, debug: () => undefined },
    })
    const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${table}`)
    const { games, changed } = await seedGames(client)
    const accounts = await seedAccounts(client, testAccounts, testPassword)
    const news = [`${applied.length} new migrations`, changed ? 'games imported' : 'games unchanged']
    process.stdout.write(`${news.join(', ')}\n`)
    const totals = [`${shown(rows[0]?.count ?? 0)} migrations`, `${shown(games)} games`, `${shown(accounts)} accounts`]
    process.stdout.write(`${totals.join(', ')}\n`)
  } finally {
    await client.end()
  }
}

const shown = (number: number): string => number.toLocaleString('en-US')

function report(message: string): void {
  process.stderr.write(`${message}\n`)
}

try {
  await main()
} catch (error) {
  const known = error instanceof EnvironmentProblem
  process.stderr.write(`migrate: ${known ? error.message : (error instanceof Error && error.stack) || String(error)}\n`)
  process.exit(known ? 2 : 1)
}
