/** Prisma on node-postgres (its driver adapter); see rounds.js. Migrations are its own program's: `prisma migrate deploy`. */
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './generated/index.js'
import { address, countRounds, Never, wants } from './rounds.js'

// On a busy machine a transaction takes more than the five seconds that Prisma gives it.
const transactionOptions = { maxWait: 60_000, timeout: 60_000 }
const adapter = new PrismaPg({ connectionString: address, max: wants.clients })
const client = new PrismaClient({ adapter, transactionOptions })

const ways = {
  insert: async (value) => (await client.row.create({ data: { value } })).id,
  find: async (id) => (await client.row.findUnique({ where: { id } }))?.value,
  rolledBack: async (id, value) => {
    let seen
    const transaction = client.$transaction(async (at) => {
      await at.row.update({ where: { id }, data: { value } })
      seen = (await at.row.findUnique({ where: { id } }))?.value
      throw new Never()
    })
    await transaction.catch((error) => {
      if (!(error instanceof Never)) throw error
    })
    return seen
  },
}

await countRounds(ways, (error) => error.meta?.driverAdapterError?.cause?.originalCode ?? error.code ?? String(error))
await client.$disconnect()
