import { type PgAddress, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'

type Rule = {
  readonly line: number
  readonly type: string
  readonly who: string
  readonly address: string | null
  readonly method: string
}

/**
 * The rules of one server's pg_hba.conf that let somebody in without encryption or without a password, in words. One
 * sign-in tries one role and one database: a rule for another role is not met by it, and holds the door open all the same.
 */
export async function openRules(server: PgAddress): Promise<readonly string[]> {
  const rules = await withClient(
    server,
    async (client) => {
      const { rows } = await client.query<Rule>(
        `select line_number as line, type, address, auth_method as method,
                array_to_string(database || user_name, ' ') as who
         from pg_hba_file_rules where error is null`,
      )
      return rows
    },
    serverAnswersWithinMs,
  )
  return rules.flatMap((rule) => {
    const opens = opensTo(rule)
    if (opens === undefined) return []
    const { line, type, who, address, method } = rule
    return [`pg_hba.conf ${opens} (line ${line}: ${[type, who, address, method].filter(Boolean).join(' ')})`]
  })
}

/** Ways in that ask for the password of the role. All others (`trust`, `peer`, `ident`, `cert`, …) take something else for it. */
const asksForPassword: readonly string[] = ['scram-sha-256', 'md5', 'password']

/** What is wrong with a rule; undefined for one like ours: a password is asked for, and over the network only in TLS. */
export function opensTo({ type, method }: Pick<Rule, 'type' | 'method'>): string | undefined {
  if (method === 'reject') return undefined
  if (!asksForPassword.includes(method)) return 'lets somebody in without a password'
  if (type === 'host' || type === 'hostnossl') return 'lets somebody in without encryption'
  // The password itself, readable by whoever listens.
  return method === 'password' && type !== 'hostssl' ? 'has a password sent in the open' : undefined
}
