import { setTimeout as wait } from 'node:timers/promises'
import type { Sabotaged, Sabotages } from '../../test/sabotage.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { type Addresses, addressesOf } from './addresses.ts'
import { changeSharedSettings, type Cluster, clusterOf } from './cluster.ts'
import { showConsole } from './pool-console.ts'
import { synchronousStandby } from './step-standby.ts'

const pgbouncerFile = 'engines/pgbouncer/pgbouncer.ini'
const noticesWithinMs = 30_000

const addressesIn = ({ instance }: Sabotaged): Addresses => addressesOf(instance, tlsFiles(instance.state).ca)

const clusterIn = ({ instance }: Sabotaged): Cluster => clusterOf(instance, tlsFiles(instance.state))

/** Waits until what was done to it shows. */
async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + noticesWithinMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`the sabotage has no effect within ${noticesWithinMs / 1000} s: ${what}`)
    await wait(100)
  }
}

/** A line of pgbouncer.ini gets another value by hand, and the running PgBouncer takes it over. */
export async function setInPool(on: Sabotaged, name: string, value: number | string): Promise<void> {
  await on.edit(pgbouncerFile, (text) => text.replace(new RegExp(`^${name} = .*$`, 'm'), `${name} = ${value}`))
  await on.reload('pgbouncer')
  const { console } = addressesIn(on)
  const isSet = async () =>
    (await showConsole(console, 'config')).some((row) => row['key'] === name && row['value'] === String(value))
  await until(isSet, `${name} is ${value}`)
}

export const sabotages: Sabotages = {
  'database.standby': {
    title: "the standby's Patroni is taken out of service, and its server with it",
    break: async (on) => {
      const addresses = addressesIn(on)
      const cluster = clusterIn(on)
      const standby = await synchronousStandby(addresses, cluster)
      if ('problem' in standby) throw new Error(standby.problem)
      await on.stop(standby.name)
      await until(async () => 'problem' in (await synchronousStandby(addresses, cluster)), 'it is gone')
    },
  },
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
  'database.parameters': {
    title: 'a hand changes work_mem with ALTER SYSTEM',
    break: (on) =>
      withClient(addressesIn(on).superuser, async (client) => {
        await client.query("alter system set work_mem = '1MB'")
        await client.query('select pg_reload_conf()')
      }),
  },
  'database.noLostWrites': {
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
  'database.encryptedConnections': {
    title: 'pgbouncer.ini is edited to let clients in without encryption',
    break: async (on) => {
      await on.edit(pgbouncerFile, (text) => text.replace('client_tls_sslmode = require', 'client_tls_sslmode = allow'))
      await on.reload('pgbouncer')
      const takenOver = async () =>
        (await showConsole(addressesIn(on).console, 'config')).some(
          ({ key, value }) => key === 'client_tls_sslmode' && value === 'allow',
        )
      await until(takenOver, 'clients need no encryption')
    },
  },
}
