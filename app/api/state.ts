import type { LimitsClass, LoginLimits } from './limits.ts'

export type Account = {
  readonly id: string
  readonly passwordHash: string
  readonly limits: LimitsClass
}

export const oddsFormats = ['decimal', 'american'] as const
export const themes = ['system', 'light', 'dark'] as const

export type Preferences = {
  readonly favouriteSports: readonly string[]
  readonly oddsFormat: (typeof oddsFormats)[number]
  readonly theme: (typeof themes)[number]
}

export const defaultPreferences: Preferences = { favouriteSports: [], oddsFormat: 'decimal', theme: 'system' }

/** The id is the client's own, so that an attempt that is sent twice counts once. */
export type LoginAttempt = { readonly id: string; readonly account: string; readonly address: string }

type NewSession = {
  readonly tokenHash: Buffer
  readonly account: string
  /** How long it is valid. */
  readonly seconds: number
}

/**
 * What the app remembers about its users: in PostgreSQL alone, or with sessions and preferences in two tables of DynamoDB;
 * one test asks both of the same. All of it reads its own writes: who has just logged in is logged in, who has logged out is out.
 */
export type State = {
  readonly findAccount: (id: string) => Promise<Account | undefined>
  /** Counts the attempt as failed until a session is started, or answers how many seconds to wait (0: go on). */
  readonly admitLogin: (attempt: LoginAttempt, limits: LoginLimits) => Promise<number>
  readonly startSession: (session: NewSession) => Promise<void>
  /** The account of a session that has not expired. */
  readonly findSession: (tokenHash: Buffer) => Promise<string | undefined>
  readonly endSession: (tokenHash: Buffer) => Promise<void>
  readonly readPreferences: (account: string) => Promise<Preferences>
  readonly writePreferences: (account: string, preferences: Preferences) => Promise<void>
  /** Forgets what can have no more effect: expired sessions, attempts older than the longest window. */
  readonly tidy: () => Promise<void>
}

/** The part of it that has to count without a race, and has the passwords. */
export type Accounts = Pick<State, 'findAccount' | 'admitLogin' | 'tidy'> & {
  /** Whoever got in has no failures. */
  readonly passLogin: (account: string) => Promise<void>
}
