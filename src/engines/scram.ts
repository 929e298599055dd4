import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

/** PostgreSQL's own default; how often it is hashed matters for words that people choose, not for 256 random bits. */
const iterations = 4096

/**
 * A password as PostgreSQL keeps it (RFC 5803: `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`), from which it
 * cannot be recovered. Always the same for the same name and password: PgBouncer signs in to PostgreSQL with what its
 * client proved to know, which works only where both keep the very same line. So the salt is drawn from name, password
 * and `saltKey`, another secret: the server tells the salt to whoever asks, who must not be able to guess by it.
 */
export function scramSecret(user: string, password: string, saltKey: string): string {
  const salt = createHmac('sha256', saltKey).update(`${user}\0${password}`).digest().subarray(0, 16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest()
  const [saltText, storedText, serverText] = [salt, stored, key('Server Key')].map((bytes) => bytes.toString('base64'))
  return `SCRAM-SHA-256$${iterations}:${saltText}$${storedText}:${serverText}`
}
