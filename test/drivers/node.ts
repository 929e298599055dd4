/** Sends parameterised queries by node-postgres or postgres.js, and counts the answers; see drivers.engine.test.ts. */
import { readFile } from 'node:fs/promises'
import { Client, DatabaseError } from 'pg'
import postgres from 'postgres'

/** One answer, or the refusal. */
type Ask = (constant: number, parameter: number) => Promise<number | undefined>
type Opened = { readonly ask: Ask; readonly close: () => Promise<void> }

const [driver = '', setting, clients, queries] = process.argv.slice(2)
const set = setting === 'set'
const address = process.env['DATABASE_URL'] ?? ''
const counts = { right: 0, wrong: 0 }
const errors: Record<string, number> = {}

async function openPg(name?: (constant: number) => string): Promise<Opened> {
  const client = new Client({ connectionString: address })
  await client.connect()
  const ask: Ask = async (constant, parameter) => {
    const text = `select $1::int * 1000 + ${constant} as got`
    const named = name ? { name: name(constant) } : {}
    const { rows } = await client.query<{ got: number }>({ text, values: [parameter], ...named })
    return rows[0]?.got
  }
  return { ask, close: () => client.end() }
}

async function openPostgresJs(): Promise<Opened> {
  // It does not read the path of the authority from the address.
  const { searchParams } = new URL(address)
  const ca = await readFile(searchParams.get('sslrootcert') ?? '', 'utf8')
  const sql = postgres(address.replace(/\?.*/, ''), { ssl: { ca }, max: 1, ...(set ? { prepare: false } : {}) })
  const ask: Ask = async (constant, parameter) => {
    const rows = await sql.unsafe<{ got: number }[]>(`select $1::int * 1000 + ${constant} as got`, [parameter], {
      prepare: !set,
    })
    return rows[0]?.got
  }
  return { ask, close: () => sql.end() }
}

/** What each driver is told (`set`) so that its statements are whole within one transaction. */
const open: Readonly<Record<string, () => Promise<Opened>>> = {
  pg: () => openPg(),
  // As an app names them: the same statement has the same name in each of its connections.
  'pg-named': () => openPg(set ? undefined : (constant) => `statement ${constant % 100}`),
  postgres: openPostgresJs,
}

async function one(client: number): Promise<void> {
  const opened = await open[driver]?.()
  if (!opened) throw new Error(`no driver ${driver}`)
  const { ask, close } = opened
  for (let index = 0; index < Number(queries); index += 1) {
    const constant = client * 100 + (index % 5)
    try {
      counts[(await ask(constant, index)) === index * 1000 + constant ? 'right' : 'wrong'] += 1
    } catch (error) {
      const refused = error instanceof DatabaseError || error instanceof postgres.PostgresError
      const code = refused ? (error.code ?? error.message) : String(error)
      errors[code] = (errors[code] ?? 0) + 1
    }
  }
  await close()
}

await Promise.all(Array.from({ length: Number(clients) }, (_, client) => one(client)))
console.log(JSON.stringify({ ...counts, errors }))
