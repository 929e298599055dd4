import type { Client } from 'pg'
import { hashPassword, verifyPassword } from './passwords.ts'

/** The accounts that exist from the start: `demo` with the normal limits, and `user-0001`… for load tests. */
function testAccount(number: number): string {
  return `user-${String(number).padStart(4, '0')}`
}

/**
 * Sees to it that `demo` and so many test accounts are there with this password; those beyond the number are removed.
 * Answers how many accounts there are.
 *
 * The test accounts share one hash, and so one salt: hashing each of a thousand would take 5 s of every first start.
 * Each still costs a whole Argon2id to log in, and as their password is one and the same, equal hashes tell nothing.
 */
export async function seedAccounts(client: Client, count: number, password: string): Promise<number> {
  await seed(client, ['demo'], 'normal', password)
  const names = Array.from({ length: count }, (_, index) => testAccount(index + 1))
  await client.query("delete from state.accounts where login_limits = 'load-test' and id <> all($1::text[])", [names])
  await seed(client, names, 'load-test', password)
  const { rows } = await client.query<{ accounts: number }>('select count(*)::int as accounts from state.accounts')
  return rows[0]?.accounts ?? 0
}

async function seed(client: Client, names: readonly string[], limits: string, password: string): Promise<void> {
  if (names.length === 0) return
  const passwordHash = await hashFor(client, names, password)
  await client.query(
    `insert into state.accounts (id, password_hash, login_limits) select id, $2, $3 from unnest($1::text[]) as id
       on conflict (id) do update set password_hash = excluded.password_hash, login_limits = excluded.login_limits
       where (accounts.password_hash, accounts.login_limits) <> (excluded.password_hash, excluded.login_limits)`,
    [names, passwordHash, limits],
  )
}

/** The hash that is there already, where it is of this password: a second run then changes nothing. */
async function hashFor(client: Client, names: readonly string[], password: string): Promise<string> {
  const { rows } = await client.query<{ hash: string }>(
    'select password_hash as hash from state.accounts where id = $1',
    [names[0]],
  )
  const hash = rows[0]?.hash
  return hash !== undefined && (await verifyPassword(hash, password)) ? hash : hashPassword(password)
}
