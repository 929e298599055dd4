import { exit, OperatorError } from '../../src/core/errors.ts'
import { parameters } from './parameters.ts'
import { status } from './status.ts'
import { top } from './top.ts'
import type { DatabaseRun } from './verb-run.ts'

const looks: Readonly<Record<string, DatabaseRun>> = { status, top, parameters }

/** Looks into the database, and changes nothing. */
export const databaseVerb: DatabaseRun = async (endpoint, world, positional, ...rest) => {
  const what = String(positional[0] ?? '')
  const look = Object.hasOwn(looks, what) ? looks[what] : undefined
  if (look) return look(endpoint, world, positional, ...rest)
  throw new OperatorError(
    'database',
    `"${what}" is unknown`,
    Object.keys(looks).map((name) => `edge database ${name}`),
    exit.usage,
  )
}
