import type { Database } from './database.ts'
import { type LoginLimits, secondsToWait } from './limits.ts'
import {
  type Account,
  type Accounts,
  defaultPreferences,
  type LoginAttempt,
  type Preferences,
  type State,
} from './state.ts'

/** Accounts and attempts to log in, which stay in PostgreSQL wherever the rest of the state is. */
export function accountsIn(database: Database): Accounts {
  return {
    findAccount: async (id) => {
      const [account] = await database.query<Account>(
        'select id, password_hash as "passwordHash", login_limits as limits from state.accounts where id = $1',
        [id],
      )
      return account
    },
    admitLogin: (attempt, limits) => admitLogin(database, attempt, limits),
    passLogin: async (account) => {
      await database.query('update state.login_attempts set failed = false where account = $1 and failed', [account])
    },
    tidy: async () => {
      await database.query("delete from state.login_attempts where at < now() - interval '1 day'")
    },
  }
}

/** Keeps the state in PostgreSQL, schema `state`. The database must be the writer: see State. */
export function stateIn(database: Database): State {
  const { findAccount, admitLogin: admit, tidy } = accountsIn(database)
  return {
    findAccount,
    admitLogin: admit,
    startSession: async ({ tokenHash, account, seconds }) => {
      await database.query(
        `with passed as (update state.login_attempts set failed = false where account = $2 and failed)
         insert into state.sessions (token_hash, account, expires_at)
           values ($1, $2, now() + make_interval(secs => $3)) on conflict (token_hash) do nothing`,
        [tokenHash, account, seconds],
      )
    },
    findSession: async (tokenHash) => {
      const [session] = await database.query<{ account: string }>(
        'select account from state.sessions where token_hash = $1 and expires_at > now()',
        [tokenHash],
      )
      return session?.account
    },
    endSession: async (tokenHash) => {
      await database.query('delete from state.sessions where token_hash = $1', [tokenHash])
    },
    readPreferences: async (account) => {
      const [row] = await database.query<{ preferences: Preferences }>(
        'select preferences from state.preferences where account = $1',
        [account],
      )
      return { ...defaultPreferences, ...row?.preferences }
    },
    writePreferences: async (account, preferences) => {
      await database.query(
        `insert into state.preferences (account, preferences) values ($1, $2)
           on conflict (account) do update set preferences = excluded.preferences, updated_at = now()`,
        [account, JSON.stringify(preferences)],
      )
    },
    tidy: async () => {
      await database.query('delete from state.sessions where expires_at < now()')
      await tidy()
    },
  }
}

type CountedRow = { failures: number; failureAge: number; attempts: number; attemptAge: number }

function admitLogin(database: Database, attempt: LoginAttempt, limits: LoginLimits): Promise<number> {
  const { id, account, address } = attempt
  const { failuresPerAccount, attemptsPerAddress } = limits
  return database.transaction(async (query) => {
    // One at a time for an account: guesses sent side by side would all be counted before any was written.
    await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`login ${account}`])
    // An attempt of this id was written by an earlier try of this very transaction: it does not count against itself.
    const [row] = await query<CountedRow>(
      `select f.n as failures, f.age as "failureAge", a.n as attempts, a.age as "attemptAge" from
         (select count(*)::int as n, coalesce(extract(epoch from now() - min(at)), 0)::float8 as age
            from state.login_attempts
            where account = $2 and failed and at > now() - make_interval(secs => $4) and id <> $1) f,
         (select count(*)::int as n, coalesce(extract(epoch from now() - min(at)), 0)::float8 as age
            from state.login_attempts
            where address = $3::inet and at > now() - make_interval(secs => $5) and id <> $1) a`,
      [id, account, address, failuresPerAccount.seconds, attemptsPerAddress.seconds],
    )
    if (!row) throw new Error('counting login attempts answered no row')
    const counted = {
      failuresOfAccount: row.failures,
      oldestFailureAge: row.failureAge,
      attemptsOfAddress: row.attempts,
      oldestAttemptAge: row.attemptAge,
    }
    const wait = secondsToWait(counted, limits)
    // One that was refused is not written: it would lock the account out for as long as someone goes on asking.
    if (wait > 0) return wait
    await query(
      'insert into state.login_attempts (id, account, address) values ($1, $2, $3::inet) on conflict (id) do nothing',
      [id, account, address],
    )
    return 0
  })
}
