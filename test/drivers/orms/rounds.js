/** What an app does with an ORM, many times at once; every program of this folder counts in this way. */

const [, , step, setting, clients, rounds] = process.argv

export const wants = { migration: step === 'migrate', setting: setting === 'set', clients: Number(clients) }
export const address = process.env['DATABASE_URL'] ?? ''
/** Thrown in a transaction, to have it rolled back. */
export class Never extends Error {}

/**
 * A round is right where a new row is found by its key, a transaction sees what it wrote itself, and nothing of it is
 * there when it was rolled back.
 */
export async function countRounds({ insert, find, rolledBack }, codeOf) {
  const counts = { right: 0, wrong: 0 }
  const errors = {}
  const one = async (client) => {
    for (let round = 0; round < Number(rounds); round += 1) {
      const value = client * 1000 + round
      try {
        const id = await insert(value)
        const seen = [await find(id), await find(id), await rolledBack(id, -value), await find(id)]
        counts[seen.join(' ') === [value, value, -value, value].join(' ') ? 'right' : 'wrong'] += 1
      } catch (error) {
        const code = codeOf(error)
        errors[code] = (errors[code] ?? 0) + 1
      }
    }
  }
  await Promise.all(Array.from({ length: wants.clients }, (_, client) => one(client + 1)))
  console.log(JSON.stringify({ ...counts, errors }))
}
