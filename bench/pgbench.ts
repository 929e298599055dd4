import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { postgresPrograms } from '../src/engines/patroni.ts'
import { type Bench, inRounds } from './part.ts'

/** Where pgbench connects to; without a password and an authority, as a server of its own takes everybody. */
export type Server = {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password?: string
  readonly ca?: string
}

type Ran = { readonly transactionsPerSecond: number; readonly transactions: number }

/** Each client of a thousand has a descriptor, and pgbench some more. */
const descriptors = 4096

/** PostgreSQL's own load. Rejects with what it said unless every client came to its end and no transaction failed. */
export async function pgbench(server: Server, ...args: readonly string[]): Promise<Ran> {
  const said = await run(server, args)
  const number = (pattern: RegExp): number => {
    const found = pattern.exec(said)?.[1]
    if (found === undefined) throw new Error(`pgbench ${args.join(' ')} does not say ${pattern.source}:\n${said}`)
    return Number(found)
  }
  const failed = number(/number of failed transactions: (\d+)/)
  if (failed > 0) throw new Error(`pgbench ${args.join(' ')}: ${failed} transactions failed\n${said}`)
  return {
    transactionsPerSecond: number(/^tps = ([\d.]+)/m),
    transactions: number(/number of transactions actually processed: (\d+)/),
  }
}

const rounds = 10
const usual = ['--no-vacuum', '--client=16', '--jobs=2', '--time=5']

/**
 * How many transactions one answers while the other answers one. Which of the two comes first takes turns: a machine that
 * becomes slower would speak for the same one each time.
 */
export async function ratiosOf(
  bench: Bench,
  one: Server,
  other: Server,
  args: readonly string[] = [],
): Promise<readonly number[]> {
  const found: number[] = []
  const speed = async (server: Server) => (await pgbench(server, ...usual, ...args)).transactionsPerSecond
  let oneIsFirst = true
  await inRounds(
    bench,
    rounds,
    async (counts) => {
      const [first, second] = oneIsFirst ? [one, other] : [other, one]
      const [before, after] = [await speed(first), await speed(second)]
      if (counts) found.push(oneIsFirst ? before / after : after / before)
      oneIsFirst = !oneIsFirst
    },
    1,
  )
  return found
}

/** Makes the tables of pgbench with so many times 100,000 accounts. */
export async function makeTables(owner: Server, scale: number): Promise<void> {
  await run(owner, ['--initialize', `--scale=${scale}`, '--quiet'])
}

async function run({ host, port, database, user, password, ca }: Server, args: readonly string[]): Promise<string> {
  const program = join(postgresPrograms, 'pgbench')
  const where = ['-h', host, '-p', String(port), '-U', user]
  const child = spawn('prlimit', [`--nofile=${descriptors}`, program, ...where, ...args, database], {
    env: {
      PATH: process.env['PATH'],
      ...(password === undefined ? {} : { PGPASSWORD: password }),
      ...(ca === undefined ? { PGSSLMODE: 'disable' } : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: ca }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(`pgbench ${args.join(' ')} ended with ${code}:\n${errors}${out}`)
  return out
}
