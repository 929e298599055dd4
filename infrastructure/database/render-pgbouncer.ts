import type { Instance } from '../../src/core/instance.ts'
import { portsOf, secretsOf } from '../../src/core/reserved.ts'
import { seconds } from '../../src/core/units.ts'
import { scramSecret } from '../../src/engines/scram.ts'
import type { Tls } from './render-patroni.ts'
import { databaseReserved } from './reserved.ts'
import type { DatabaseSettings } from './settings.ts'
import { socketFolder } from './sockets.ts'
import { spareOf, spareRoles } from './spare.ts'

/** So many clients may be connected, whether they wait or are served; beyond that the pool refuses them at once. */
export const clientsMaximum = 2000

/**
 * After each transaction, so that no client meets what another has set. It also takes away statements that a driver
 * prepares in one transaction and runs in the next: PostgreSQL then refuses them, where another client's could run instead.
 */
const cleanSession = 'DISCARD ALL'

/** A word of lib/pq to itself, no parameter of PostgreSQL's: the app's address may have it, and other drivers send it along. */
const ofADriver = 'binary_parameters'

/**
 * pgbouncer.ini. `edge_probe` has the very limits of `app`: the checks fill it up without touching the app's own. Readers have
 * no minimum: while they are paused and writers go on, PgBouncer would begin connections for it (see hold-pool.ts).
 */
export function pgbouncerConfiguration(
  instance: Instance,
  settings: DatabaseSettings,
  tls: Tls,
  users: string,
): string {
  const ports = portsOf(instance, databaseReserved)
  const { pool } = settings
  const at = (port: number): string => `host=${socketFolder(instance)} port=${port} dbname=app`
  return `[databases]
app = ${at(ports.writer)}
app_ro = ${at(ports.reader)} min_pool_size=0
edge = ${at(ports.writer)} min_pool_size=0 pool_size=4
edge_probe = ${at(ports.writer)} min_pool_size=0
edge_wait = ${at(ports.writer)} min_pool_size=0 pool_size=1
edge_drill = ${at(ports.writer)} min_pool_size=0 pool_size=1

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${instance.ports.pooler}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
admin_users = pooler

pool_mode = transaction
min_pool_size = ${pool.minimum}
default_pool_size = ${pool.maximum}
max_db_connections = ${pool.maximum}
reserve_pool_size = 0
server_idle_timeout = ${seconds(pool.idle)}
query_wait_timeout = ${seconds(pool.wait)}
max_client_conn = ${clientsMaximum}
server_lifetime = 1800
server_connect_timeout = 20
server_login_retry = 0.1
server_check_delay = 0
server_reset_query = ${cleanSession}
server_reset_query_always = 1
client_login_timeout = 60
ignore_startup_parameters = extra_float_digits,application_name,${ofADriver}

client_tls_sslmode = require
client_tls_key_file = ${tls.key}
client_tls_cert_file = ${tls.certificate}
client_tls_protocols = secure

log_connections = 0
log_disconnections = 0
log_stats = 0
`
}

/**
 * userlist.txt, without a password in it: PgBouncer signs in to PostgreSQL with the keys that its client proves to have.
 * With the passwords it would hash each of them 4096 times at each sign-in, on either side, and serve nobody meanwhile:
 * a hundred sign-ins held everybody up for 2.7 s (measured on PgBouncer 1.18, two cores).
 */
export function pgbouncerUsers(instance: Instance): string {
  const secrets = secretsOf(instance, databaseReserved)
  const users = { app: secrets.app, edge: secrets.agent, pooler: secrets.pooler }
  const spare = spareOf(instance)?.secrets[spareRoles.pool]
  const lines = Object.entries(users).map(([name, password]) => [name, scramSecret(name, password, secrets.superuser)])
  return [...lines, ...(spare === undefined ? [] : [[spareRoles.pool, spare]])]
    .map(([name, secret]) => `"${name}" "${secret}"\n`)
    .join('')
}
