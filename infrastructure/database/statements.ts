import type { Client } from 'pg'
import { messageOf } from '../../src/core/errors.ts'
import { type PgAddress, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import type { Member } from './members.ts'

/** What one statement has cost on all members, since they were started or their statistics were reset. */
export type Statement = {
  /** As PostgreSQL keeps it: `$1` where values were. */
  readonly text: string
  readonly role: string
  readonly calls: number
  /** In ms. */
  readonly total: number
  /** In ms for each call. */
  readonly mean: number
  /** Of the time of all statements, 0 to 1. */
  readonly share: number
  /** Blocks of 8 kB that were not in PostgreSQL's own memory. */
  readonly blocksRead: number
}

type Row = Pick<Statement, 'text' | 'role'> & {
  readonly id: string
  readonly calls: string
  readonly total: number
  readonly read: string
}

/** Who works for edge itself: the checks' clients, which wait on a lock, would stand above all statements of the app. */
export const ownRoles: readonly string[] = ['edge', 'postgres']

/** Each server counts for itself, in its memory: what a replica answers is counted there. */
async function countedOn(server: PgAddress): Promise<readonly Row[]> {
  return withClient(
    { ...server, database: 'app' },
    async (client) => {
      const { rows } = await client.query<Row>(
        `select s.queryid::text as id, s.query as text, s.userid::regrole::text as role, s.calls, s.total_exec_time as total,
                s.shared_blks_read as read
           from pg_stat_statements s join pg_database d on d.oid = s.dbid
          where d.datname = 'app' and s.userid::regrole::text <> all ($1)`,
        [ownRoles],
      )
      return rows
    },
    serverAnswersWithinMs,
  )
}

type Costliest = {
  readonly statements: readonly Statement[]
  /** Members that did not answer, and why: what they have counted is not among the statements. */
  readonly missing: readonly { readonly member: Member; readonly because: string }[]
}

/**
 * The app's statements, of whichever of its roles, that took the most time, the costliest first. Rejects where no member
 * answers.
 */
export async function costliest(
  { members: servers }: Pick<Addresses, 'members'>,
  members: readonly Member[],
  count: number,
): Promise<Costliest> {
  const asked = await Promise.allSettled(members.map((member) => countedOn(servers[member])))
  const missing = members.flatMap((member, index) => {
    const answer = asked[index]
    return answer?.status === 'rejected' ? [{ member, because: messageOf(answer.reason) }] : []
  })
  const [first] = missing
  if (first && missing.length === members.length) throw new Error(`${first.member}: ${first.because}`)
  const counted = asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const all = counted.reduce((sum, { total }) => sum + total, 0)
  const same = Map.groupBy(counted, ({ id, role }) => `${id} ${role}`)
  const statements = [...same.values()]
    .flatMap((rows) => summed(rows, all))
    .toSorted((a, b) => b.total - a.total)
    .slice(0, count)
  return { statements, missing }
}

export function summed(rows: readonly Row[], all: number): readonly Statement[] {
  const [first] = rows
  if (!first) return []
  const calls = rows.reduce((sum, row) => sum + Number(row.calls), 0)
  const total = rows.reduce((sum, row) => sum + row.total, 0)
  const blocksRead = rows.reduce((sum, row) => sum + Number(row.read), 0)
  const { text, role } = first
  return [
    { text, role, calls, total, mean: calls === 0 ? 0 : total / calls, share: all === 0 ? 0 : total / all, blocksRead },
  ]
}

/** How often a statement with these words was counted on the server of this connection, by role. */
export async function callsOf(client: Client, words: string): Promise<number> {
  const { rows } = await client.query<{ calls: string | null }>(
    'select sum(calls) as calls from pg_stat_statements where query like $1 and query not like $2',
    [`%${words}%`, '%pg_stat_statements%'],
  )
  return Number(rows[0]?.calls ?? 0)
}
