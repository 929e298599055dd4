import type { Shape } from './scenarios/stages.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { textOption } from '../../src/core/options.ts'
import { leastPairs } from './comparison/compare.ts'
import { mostPairs } from './comparison/sign-flip.ts'

/** How a scenario is to be run, and where, where not as it is promised. */
export type Wish = { readonly shape: Shape; readonly against: URL | undefined }

const mostUsers = 10_000
/** README.md has what so many find. */
const usualPairs = 12

/** What each action takes beside `--config` and `--json`; what is none of them is a scenario. */
const meant: Readonly<Record<string, readonly string[]>> = {
  compare: [],
  'compare of addresses': ['pairs', 'scale', 'users', 'open', 'ca', 'yes'],
  init: [],
  export: ['against', 'k6Operator', 'runners', 'into'],
}
const meantForRun = ['scale', 'users', 'open', 'against', 'compare', 'yes']
const meantAgainst = [...meantForRun, 'ca']

/** An option that is passed over in silence is a promise that nobody keeps. Throws OperatorError (exit 2) for one. */
export function requireMeant(action: string | undefined, options: Readonly<Record<string, unknown>>): void {
  const isElsewhere = options['against'] !== undefined
  const takes = meant[action ?? ''] ?? (isElsewhere ? meantAgainst : meantForRun)
  const [without] = Object.entries(options).flatMap(([name, value]) =>
    value === undefined || ['config', 'json', ...takes].includes(name) ? [] : [name],
  )
  if (without === undefined) return
  const flag = `--${without.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const what =
    action !== undefined && action in meant ? `load-test ${action}` : isElsewhere ? 'a run' : 'a run of this instance'
  throw new OperatorError(flag, `means nothing for ${what}`, 'edge load-test --help says what it is for', exit.usage)
}

export function wishOf(options: Readonly<Record<string, unknown>>): Wish {
  const users = options['users'] === undefined ? {} : { users: usersOf(options['users']) }
  return {
    shape: { scale: scaleOf(options['scale']), ...users, open: options['open'] === true },
    against: againstOf(textOption(options, 'against')),
  }
}

function scaleOf(given: unknown): number {
  if (given === undefined) return 1
  const scale = Number(given)
  if (scale > 0 && scale <= 1) return scale
  throw new OperatorError(
    '--scale',
    `must be above 0 and at most 1 (got "${String(given)}")`,
    'edge load-test soak --scale 0.1',
    exit.usage,
  )
}

function usersOf(given: unknown): number {
  const users = Number(given)
  if (Number.isInteger(users) && users >= 1 && users <= mostUsers) return users
  throw new OperatorError(
    '--users',
    `must be a whole number from 1 to ${mostUsers} (got "${String(given)}")`,
    'edge load-test load --users 20',
    exit.usage,
  )
}

/** Throws OperatorError (exit 2) where the steps of a journey are too many for so few pairs. */
export function pairsOf(options: Readonly<Record<string, unknown>>, steps: number): number {
  const given = options['pairs']
  const least = leastPairs(steps)
  const pairs = given === undefined ? Math.max(usualPairs, least) : Number(given)
  if (Number.isInteger(pairs) && pairs >= least && pairs <= mostPairs) return pairs
  throw new OperatorError(
    '--pairs',
    `must be a whole number from ${least} to ${mostPairs} (got "${String(given)}"): with ${steps} steps, fewer can see no change at all`,
    `edge load-test compare BASE CANDIDATE --pairs ${Math.max(usualPairs, least)}`,
    exit.usage,
  )
}

export const isAddress = (name: string): boolean => /^https?:\/\//i.test(name)

const againstOf = (given: string | undefined): URL | undefined =>
  given === undefined ? undefined : addressOf(given, '--against', 'edge load-test smoke --against')

/** The address of a site; `example`: what it would stand behind. Throws OperatorError (exit 2) where it is none. */
export function addressOf(given: string, where: string, example: string): URL {
  const url = URL.parse(given)
  const isSite = url && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/' && url.search === ''
  if (isSite && url.username === '' && url.password === '') return url
  throw new OperatorError(
    where,
    `must be the address of a site, without a path and without a password (got "${given}")`,
    `${example} https://staging.example.com`,
    exit.usage,
  )
}
