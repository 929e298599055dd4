/** Bounds on login attempts: how many within how many seconds. */
export type LoginLimits = {
  readonly failuresPerAccount: { readonly atMost: number; readonly seconds: number }
  readonly attemptsPerAddress: { readonly atMost: number; readonly seconds: number }
}

/**
 * By the account's class (`state.accounts.login_limits`). A load test signs in from one address, dozens of times a
 * second: its accounts are made with a class that has no bounds. Unknown accounts are held to the normal ones.
 */
export const loginLimits: Readonly<Record<'normal' | 'load-test', LoginLimits | 'none'>> = {
  normal: {
    failuresPerAccount: { atMost: 10, seconds: 15 * 60 },
    attemptsPerAddress: { atMost: 100, seconds: 60 },
  },
  'load-test': 'none',
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
