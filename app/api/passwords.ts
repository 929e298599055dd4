import { randomBytes } from 'node:crypto'
import { hash, verify, type Options } from '@node-rs/argon2'
import { bounded } from './bounded.ts'

/**
 * Argon2id with parameters from OWASP's password storage cheat sheet (m = 7 MiB, t = 5, p = 1). OWASP lists it as
 * equal to 19 MiB and t = 2; measured here it needs 4.9 ms instead of 7.0 ms and 12 MiB less for each hash under way,
 * on a machine where logins share two cores with the database.
 */
const parameters = { algorithm: 2, memoryCost: 7168, timeCost: 5, parallelism: 1 } as const satisfies Options

/**
 * Two at once in a process: hashing runs on the four threads of libuv's pool, and files and name look-ups need the
 * others. 100 waiting are a quarter of a second of work, or a whole one where the cores are busy.
 */
const oneOfTwo = bounded(2, 100)

/** Rejects with Overloaded when too many are waiting. */
export function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return oneOfTwo(() => verify(passwordHash, password))
}

/** A new hash in PHC format, with a random salt. */
export function hashPassword(password: string): Promise<string> {
  return oneOfTwo(() => hash(password, parameters))
}

let nobody: Promise<string> | undefined

/** Costs what verifying costs, so that the time of an answer does not tell whether an account exists. */
export async function verifyForNobody(password: string): Promise<false> {
  nobody ??= hashPassword(randomBytes(32).toString('hex'))
  await verifyPassword(await nobody, password)
  return false
}
