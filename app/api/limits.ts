/** Bounds on login attempts: how many within how many seconds. */
export type LoginLimits = {
  readonly failuresPerAccount: { readonly atMost: number; readonly seconds: number }
  readonly attemptsPerAddress: { readonly atMost: number; readonly seconds: number }
}

/** An account's class (`state.accounts.login_limits`). */
export type LimitsClass = 'normal' | 'load-test'

const normalLimits: LoginLimits = {
  failuresPerAccount: { atMost: 10, seconds: 15 * 60 },
  attemptsPerAddress: { atMost: 100, seconds: 60 },
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

/**
 * A load test signs in from one address, dozens of times a second: its accounts have no bounds for who asks from this
 * machine. From anywhere else they have the normal ones, as unknown accounts do: their names are easy to guess, and
 * hashing passwords for a stranger without end would keep everybody else from logging in.
 */
export function loginLimits(kind: LimitsClass, address: string): LoginLimits | 'none' {
  return kind === 'load-test' && loopback.has(address) ? 'none' : normalLimits
}

/** What was counted within the windows of the limits, before this attempt; ages in seconds, of the oldest counted. */
export type Counted = {
  readonly failuresOfAccount: number
  readonly oldestFailureAge: number
  readonly attemptsOfAddress: number
  readonly oldestAttemptAge: number
}

/** Seconds until the next attempt is allowed: 0 for now, else at least 1. */
export function secondsToWait(counted: Counted, limits: LoginLimits): number {
  const { failuresPerAccount, attemptsPerAddress } = limits
  const forAccount =
    counted.failuresOfAccount >= failuresPerAccount.atMost ? failuresPerAccount.seconds - counted.oldestFailureAge : 0
  const forAddress =
    counted.attemptsOfAddress >= attemptsPerAddress.atMost ? attemptsPerAddress.seconds - counted.oldestAttemptAge : 0
  const blocked =
    counted.failuresOfAccount >= failuresPerAccount.atMost || counted.attemptsOfAddress >= attemptsPerAddress.atMost
  return blocked ? Math.max(1, Math.ceil(forAccount), Math.ceil(forAddress)) : 0
}
