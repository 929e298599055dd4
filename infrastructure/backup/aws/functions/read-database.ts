// Runs on AWS in the network of the database, and needs no service of AWS there: asked for it, it signs in to a
// database, live or restored, and says what is in it. The stack carries what src/targets/aws/bundle.ts makes of this file.
import { signIn } from '../../../../src/engines/postgres-wire.ts'
import { fingerprintsBefore } from '../../fingerprints.ts'
import { iamToken } from '../iam-token.ts'
import type { Reading, ReadThis } from '../reading.ts'

const env = (name: string): string => process.env[name] ?? ''

export async function handler({ host, port, before, onlyHeartbeat }: ReadThis): Promise<Reading> {
  const user = env('DATABASE_USER')
  const password = iamToken({
    host,
    port,
    user,
    region: env('AWS_REGION'),
    key: env('AWS_ACCESS_KEY_ID'),
    secret: env('AWS_SECRET_ACCESS_KEY'),
    session: process.env['AWS_SESSION_TOKEN'],
    now: new Date(),
  })
  const database = await signIn({ host, port, user, password, database: env('DATABASE') })
  try {
    // One moment for all that is said of it. A policy that hides rows ends it: hidden in the copy and in the live one alike,
    // they would pass for compared.
    await database.query('set row_security = off; begin isolation level repeatable read read only')
    const { rows } = await database.query<{ xid: string; heartbeat: string | null }>(
      `select pg_snapshot_xmin(pg_current_snapshot())::text as xid,
         (select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from edge.heartbeat) as heartbeat`,
    )
    const answeredAt = new Date().toISOString()
    const [{ xid, heartbeat } = { xid: '', heartbeat: null }] = rows
    const tables = onlyHeartbeat ? {} : await fingerprintsBefore(database, before ?? xid)
    return { answeredAt, xid, heartbeat, tables }
  } finally {
    database.end()
  }
}
