import type { Instance } from '../src/core/instance.ts'
import { type SecretName, secretNames } from '../src/core/instance.ts'

/** A fixed instance for tests and golden files: a machine of 8 GB, and secrets that are none. */
export const exampleInstance: Instance = {
  name: 'example',
  project: '/srv/edge',
  directory: '/srv/edge',
  state: '/var/lib/edge/example',
  user: { name: 'edge', uid: 990, gid: 990 },
  node: '/usr/bin/node',
  appNode: '/usr/bin/node',
  ports: {
    https: 8443,
    http: 8080,
    pooler: 6432,
    etcd: 20000,
    etcdPeer: 20001,
    postgres: [20002, 20003],
    patroni: [20004, 20005],
    writer: 20006,
    reader: 20007,
    haproxyStatus: 20008,
    api: [20009, 20010],
    session: 20011,
  },
  listen: '127.0.0.1',
  // Each name of secretNames gets a value, by the line below.
  secrets: Object.fromEntries(secretNames.map((name) => [name, `${name}-secret`])) as Record<SecretName, string>,
  machine: { memoryBytes: 8 * 1024 ** 3, cores: 2, lowestOpenPort: 1024 },
}

const folder = `${exampleInstance.state}/tls`
export const exampleTls = { ca: `${folder}/ca.crt`, certificate: `${folder}/server.crt`, key: `${folder}/server.key` }
