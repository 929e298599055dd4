/** Drizzle on node-postgres; see rounds.js. Its statements have a name where the app prepares them by one. */
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { integer, pgTable, serial } from 'drizzle-orm/pg-core'
import { Pool } from 'pg'
import { address, countRounds, Never, wants } from './rounds.js'

const table = pgTable('of_drizzle', { id: serial().primaryKey(), value: integer().notNull() })
const pool = new Pool({ connectionString: address, max: wants.clients || 1 })
const db = drizzle(pool)

const byKey = (at) =>
  at
    .select()
    .from(table)
    .where(eq(table.id, sql.placeholder('id')))
const named = byKey(db).prepare('row by key')
const found = async (id) => {
  const rows = wants.setting ? await db.select().from(table).where(eq(table.id, id)) : await named.execute({ id })
  return rows[0]?.value
}

const ways = {
  insert: async (value) => (await db.insert(table).values({ value }).returning())[0].id,
  find: found,
  rolledBack: async (id, value) => {
    let seen
    const transaction = db.transaction(async (at) => {
      await at.update(table).set({ value }).where(eq(table.id, id))
      seen = (await at.select().from(table).where(eq(table.id, id)))[0]?.value
      throw new Never()
    })
    await transaction.catch((error) => {
      if (!(error instanceof Never)) throw error
    })
    return seen
  },
}

if (wants.migration) await migrate(db, { migrationsFolder: new URL('drizzle', import.meta.url).pathname })
// Drizzle puts what the driver said behind words of its own.
else await countRounds(ways, (error) => error.cause?.code ?? error.code ?? String(error))
await pool.end()
