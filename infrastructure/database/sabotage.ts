import pRetry from 'p-retry'
import type { Sabotage, Sabotaged, Sabotages } from '../../test/sabotage.ts'
import { innerPorts } from '../../src/config/ports.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { until } from '../../test/until.ts'
import { type Addresses, addressesOf } from './addresses.ts'
import { changeSharedSettings, type Cluster, clusterOf } from './cluster.ts'
import { membersWith } from './members.ts'
import { showConsole } from './pool-console.ts'
import { synchronousStandby } from './step-standby.ts'

const pgbouncerFile = 'engines/pgbouncer/pgbouncer.ini'

export const addressesIn = ({ instance }: Sabotaged): Addresses => addressesOf(instance, tlsFiles(instance.state).ca)

export const clusterIn = ({ instance, configuration: { database } }: Sabotaged): Cluster =>
  clusterOf(instance, tlsFiles(instance.state), membersWith(database.replicas))

/** A line of pgbouncer.ini gets another value by hand, and the running PgBouncer takes it over. */
export async function setInPool(on: Sabotaged, name: string, value: number | string): Promise<void> {
  await on.edit(pgbouncerFile, (text) => text.replace(new RegExp(`^${name} = .*$`, 'm'), `${name} = ${value}`))
  await on.reload('pgbouncer')
  const { console } = addressesIn(on)
  const isSet = async () =>
    (await showConsole(console, 'config')).some((row) => row['key'] === name && row['value'] === String(value))
  await until(isSet, `${name} is ${value}`)
}

/** As a database is that was taken back by ten minutes: of what its agent saw acknowledged it has less. */
const takeHeartbeatsBack: Sabotage = {
  title: 'heartbeats that were acknowledged are taken back in the primary, and an operator comes to know of it',
  break: (on) =>
    withClient({ ...addressesIn(on).superuser, database: 'app' }, async (client) => {
      await client.query(
        "update edge.heartbeat set number = greatest(0, number - 120), at = at - interval '10 minutes'",
      )
    }),
  // What is gone does not come back by a deployment.
  mend: async (on) => void (await on.edge('losses', 'seen')),
}

/** Replay of all but one of the standbys; a pause that PostgreSQL knows of, Patroni itself would end. */
async function stopReplay(on: Sabotaged): Promise<void> {
  const [addresses, cluster] = [addressesIn(on), clusterIn(on)]
  // Right after another sabotage was undone, no standby may have all of the log again for a moment.
  const standby = await pRetry(
    async () => {
      const seen = await synchronousStandby(addresses, cluster)
      if ('problem' in seen) throw new Error(seen.problem)
      return seen
    },
    { retries: 40, minTimeout: 250, factor: 1 },
  )
  await signalReplay(on, 'STOP', (name) => name !== standby.name)
}

async function signalReplay(on: Sabotaged, signal: 'STOP' | 'CONT', of: (name: string) => boolean): Promise<void> {
  const [addresses, cluster] = [addressesIn(on), clusterIn(on)]
  for (const member of cluster.members.filter(of)) {
    const { rows } = await withClient(addresses.members[member], (client) =>
      client.query<{ pid: number }>("select pid from pg_stat_activity where backend_type = 'startup'"),
    )
    for (const { pid } of rows) await on.run(['kill', `-${signal}`, String(pid)])
  }
}

/** Whichever were stopped: another one may lead by now. */
const letReplayGoOn = (on: Sabotaged): Promise<void> => signalReplay(on, 'CONT', () => true)

/** The command of the service is edited, and etcd started anew with it. */
function restartsEtcd(how: string, change: (run: string, on: Sabotaged) => string): Sabotage {
  return {
    title: `etcd is restarted ${how}`,
    break: async (on) => {
      await on.edit('s6/etcd/run', (run) => change(run, on))
      await on.reload('etcd')
    },
  }
}

export const sabotages: Sabotages = {
  'database.standby': [
    {
      title: 'the Patroni of every member but the primary is taken out of service, and its server with it',
      break: async (on) => {
        const addresses = addressesIn(on)
        const cluster = clusterIn(on)
        const standby = await synchronousStandby(addresses, cluster)
        if ('problem' in standby) throw new Error(standby.problem)
        await Promise.all(cluster.members.filter((name) => name !== standby.primary).map((name) => on.stop(name)))
        await until(async () => 'problem' in (await synchronousStandby(addresses, cluster)), 'it is gone')
      },
    },
    {
      title: 'a hand has the cluster wait for an hour before a standby takes over',
      break: (on) => changeSharedSettings(clusterIn(on), { ttl: 3600 }),
    },
    {
      title: 'patroni.yml is edited to let a member never take over, and the running Patroni takes it over',
      break: async (on) => {
        await on.edit('engines/pg2/patroni.yml', (text) => `${text}tags:\n  nofailover: true\n`)
        await on.reload('pg2')
      },
    },
  ],
  'database.poolMinimum': {
    title: 'pgbouncer.ini is edited to keep no connection open, and those that there are get closed',
    break: async (on) => {
      await setInPool(on, 'min_pool_size', 0)
      await withClient(addressesIn(on).console, async (client) => {
        await client.query('kill app')
        await client.query('resume app')
      })
    },
  },
  'database.poolMaximum': [
    {
      title: 'pgbouncer.ini is edited to open half as many connections',
      break: async (on) => {
        await setInPool(on, 'default_pool_size', 50)
        await setInPool(on, 'max_db_connections', 50)
      },
    },
    {
      title: 'pgbouncer.ini is edited to hand connections on as clients leave them',
      break: (on) => setInPool(on, 'server_reset_query_always', 0),
    },
    {
      title: 'pgbouncer.ini is edited to keep a connection for each client',
      break: (on) => setInPool(on, 'pool_mode', 'session'),
    },
  ],
  'database.poolIdle': {
    title: 'pgbouncer.ini is edited to close idle connections after a minute',
    break: (on) => setInPool(on, 'server_idle_timeout', 60),
  },
  'database.poolWait': {
    title: 'pgbouncer.ini is edited to let clients wait for five minutes',
    break: (on) => setInPool(on, 'query_wait_timeout', 300),
  },
  'database.readReplica': {
    title: 'the process that replays on the replica hangs, and readers leave it',
    break: stopReplay,
    mend: letReplayGoOn,
  },
  'database.boundedStaleness': {
    title:
      'freshness.lua is edited to let members be an hour behind, and the process that replays on the replica hangs',
    break: async (on) => {
      await on.edit('engines/haproxy/freshness.lua', (text) =>
        text.replace(/^local window = .*$/m, 'local window = 3600'),
      )
      await on.reload('haproxy')
      await stopReplay(on)
    },
    mend: async (on) => {
      await on.converge()
      await letReplayGoOn(on)
    },
  },
  'database.insights': {
    title: 'a hand has PostgreSQL count no statements any more',
    break: (on) =>
      withClient(addressesIn(on).superuser, async (client) => {
        await client.query("alter system set pg_stat_statements.track = 'none'")
        await client.query('select pg_reload_conf()')
      }),
  },
  'database.network': {
    title: 'haproxy.cfg is edited to listen for readers on every address, and the running HAProxy takes it over',
    break: async (on) => {
      await on.edit('engines/haproxy/haproxy.cfg', (text) =>
        text.replace(/(frontend reader\n.*\n {2}bind )127\.0\.0\.1/, '$10.0.0.0'),
      )
      await on.reload('haproxy')
    },
  },
  'database.parameters': {
    title: 'a hand changes work_mem with ALTER SYSTEM',
    break: (on) =>
      withClient(addressesIn(on).superuser, async (client) => {
        await client.query("alter system set work_mem = '1MB'")
        await client.query('select pg_reload_conf()')
      }),
  },
  'database.noLostWrites': [
    {
      title: 'synchronous replication is switched off in the cluster',
      break: async (on) => {
        const { superuser } = addressesIn(on)
        await changeSharedSettings(clusterIn(on), { synchronous_mode: false })
        const isOff = () =>
          withClient(superuser, async (client) => {
            const { rows } = await client.query<{ names: string }>(
              "select current_setting('synchronous_standby_names') as names",
            )
            return rows[0]?.names === ''
          })
        await until(isOff, 'commits no longer wait for the standby')
      },
    },
    takeHeartbeatsBack,
  ],
  'database.encryptedConnections': [
    {
      title: 'pgbouncer.ini is edited to let clients in without encryption',
      break: async (on) => {
        await on.edit(pgbouncerFile, (text) =>
          text.replace('client_tls_sslmode = require', 'client_tls_sslmode = allow'),
        )
        await on.reload('pgbouncer')
        const takenOver = async () =>
          (await showConsole(addressesIn(on).console, 'config')).some(
            ({ key, value }) => key === 'client_tls_sslmode' && value === 'allow',
          )
        await until(takenOver, 'clients need no encryption')
      },
    },
    restartsEtcd('without asking its clients for a certificate', (run) =>
      run.replace(/'--(client-cert-auth|trusted-ca-file=[^']*)' /g, ''),
    ),
    restartsEtcd('without asking other members for a certificate', (run) =>
      run.replace(/'--peer-(client-cert-auth|trusted-ca-file=[^']*)' /g, ''),
    ),
    restartsEtcd('to answer over plain HTTP at the same port, too', (run) =>
      run.replace(/(--listen-client-urls=)https(:[^']*)/, '$1https$2,http$2'),
    ),
    restartsEtcd('to answer over plain HTTP at another port, too', (run, { instance }) =>
      run.replace(/(--listen-client-urls=[^']*)/, `$1,http://127.0.0.1:${instance.ports.first + innerPorts}`),
    ),
    {
      title: 'patroni.yml is edited to let anybody change the cluster, and the running Patroni takes it over',
      break: async (on) => {
        await on.edit('engines/pg1/patroni.yml', (text) =>
          text.replace(/  authentication:\n    username: patroni\n.*\n/, '  connect_timeout: 5\n'),
        )
        await on.reload('pg1')
      },
    },
    {
      title: 'pgbouncer.ini is edited to ask for no password, and the running PgBouncer takes it over',
      break: async (on) => {
        await on.edit(pgbouncerFile, (text) => text.replace('auth_type = scram-sha-256', 'auth_type = trust'))
        await on.reload('pgbouncer')
      },
    },
  ],
}
