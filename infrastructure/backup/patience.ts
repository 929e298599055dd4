import type { Leader } from '../../src/engines/pgbackrest.ts'

/**
 * What an operator bounds for the app's queries (`ALTER DATABASE app SET statement_timeout`), and what is a role's or the
 * server's, ends no session of a backup or of its verification: to count a large table, or to look through it, takes as long as
 * it takes. In the words with which a session of PostgreSQL begins; libpq reads them in PGOPTIONS.
 */
export const patience = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
]
  .map((name) => `-c ${name}=0`)
  .join(' ')

/** The member that leads, whose sessions are patient. */
export const patiently = (leader: () => Promise<Leader>) => async (): Promise<Leader> => {
  const { server, app } = await leader()
  return { server: { ...server, options: patience }, app: { ...app, options: patience } }
}
