import type { Shape } from './scenarios/stages.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { textOption } from '../../src/core/options.ts'

/** How a scenario is to be run, and where, where not as it is promised. */
export type Wish = { readonly shape: Shape; readonly against: URL | undefined }

const mostUsers = 10_000

/** What each action takes beside `--config` and `--json`; what is none of them is a scenario. */
const meant: Readonly<Record<string, readonly string[]>> = {
  compare: [],
  init: [],
  export: ['against', 'k6Operator', 'runners', 'into'],
}
const meantForRun = ['scale', 'users', 'open', 'against', 'compare', 'yes']

/** An option that is passed over in silence is a promise that nobody keeps. Throws OperatorError (exit 2) for one. */
export function requireMeant(action: string | undefined, options: Readonly<Record<string, unknown>>): void {
  const takes = meant[action ?? ''] ?? meantForRun
  const [without] = Object.entries(options).flatMap(([name, value]) =>
    value === undefined || ['config', 'json', ...takes].includes(name) ? [] : [name],
  )
  if (without === undefined) return
  const flag = `--${without.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const what = action !== undefined && action in meant ? `load-test ${action}` : 'a run'
  throw new OperatorError(flag, `means nothing for ${what}`, 'edge load-test --help says what it is for', exit.usage)
}

export function wishOf(options: Readonly<Record<string, unknown>>): Wish {
  const users = options['users'] === undefined ? {} : { users: usersOf(options['users']) }
  return {
    shape: { scale: scaleOf(options['scale']), ...users, open: options['open'] === true },
    against: addressOf(textOption(options, 'against')),
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

function addressOf(given: string | undefined): URL | undefined {
  if (given === undefined) return undefined
  const url = URL.parse(given)
  const isSite = url && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/' && url.search === ''
  if (isSite && url.username === '' && url.password === '') return url
  throw new OperatorError(
    '--against',
    `must be the address of a site, without a path and without a password (got "${given}")`,
    'edge load-test smoke --against https://staging.example.com',
    exit.usage,
  )
}
