import { join } from 'node:path'
import type { Instance } from '../../src/core/instance.ts'
import { portsOf, secretsOf } from '../../src/core/reserved.ts'
import type { PgAddress } from '../../src/engines/postgres.ts'
import { type Member, perMember } from './members.ts'
import { databaseReserved } from './reserved.ts'

/**
 * Who signs in at the session door, and is `app` from then on: a role of its own has a limit of its own, with which
 * PostgreSQL itself tells a client that there is no room.
 */
const sessionRole = 'app_session'

/** Every way into the database that edge itself uses. */
export type Addresses = {
  /** Through the pool, as the app. */
  readonly app: PgAddress
  readonly appReader: PgAddress
  /** To the primary without the pool, as the app: what a session keeps stays, as long as the connection does. */
  readonly session: PgAddress
  /** By the same door, as the owner of the schema: migrations. */
  readonly owner: PgAddress
  readonly superuser: PgAddress
  /** Through the pool, as edge itself: its marker and heartbeat rows. */
  readonly edge: PgAddress
  /** The pool's own console. */
  readonly console: PgAddress
  /** The file that the pool was told to read last. */
  readonly poolFile: string
  /** Databases of the pool that only checks use: one is filled up, one is paused. */
  readonly probe: PgAddress
  readonly waitProbe: PgAddress
  /** One more for what takes minutes, so that it and the checks do not wait for each other. */
  readonly drill: PgAddress
  /** Of every name, whether there is such a member or not. */
  readonly members: Readonly<Record<Member, PgAddress>>
  /** By HAProxy, without the pool, as edge itself: what a reader of this moment is led to. */
  readonly reader: PgAddress
}

export function addressesOf(instance: Instance, ca: string): Addresses {
  const ports = portsOf(instance, databaseReserved)
  const secrets = secretsOf(instance, databaseReserved)
  const local = { host: '127.0.0.1', ca }
  const bySession = { ...local, port: ports.session, database: 'app' }
  const pooled = { ...local, port: instance.ports.pooler }
  const direct = { ...local, user: 'postgres', password: secrets.superuser, database: 'postgres' }
  return {
    app: { ...pooled, database: 'app', user: 'app', password: secrets.app },
    appReader: { ...pooled, database: 'app_ro', user: 'app', password: secrets.app },
    session: { ...bySession, user: sessionRole, password: secrets.app },
    owner: { ...bySession, user: 'app_owner', password: secrets.owner },
    superuser: { ...direct, port: ports.writer },
    edge: { ...pooled, database: 'edge', user: 'edge', password: secrets.agent },
    console: { ...pooled, database: 'pgbouncer', user: 'pooler', password: secrets.pooler },
    poolFile: join(instance.state, 'engines', 'pgbouncer', 'pgbouncer.ini'),
    probe: { ...pooled, database: 'edge_probe', user: 'edge', password: secrets.agent },
    waitProbe: { ...pooled, database: 'edge_wait', user: 'edge', password: secrets.agent },
    drill: { ...pooled, database: 'edge_drill', user: 'edge', password: secrets.agent },
    reader: { ...local, port: ports.reader, database: 'app', user: 'edge', password: secrets.agent },
    members: perMember(ports.postgres, (port) => ({ ...direct, port })),
  }
}
