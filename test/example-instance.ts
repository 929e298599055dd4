import { reserved } from '../src/config/reserved.ts'
import type { Instance } from '../src/core/instance.ts'

/** A fixed instance for tests and golden files: a machine of 8 GB, and secrets that are none. */
export const exampleInstance: Instance = {
  name: 'example',
  project: '/srv/edge',
  directory: '/srv/edge',
  state: '/var/lib/edge/example',
  user: { name: 'edge', uid: 990, gid: 990 },
  node: '/usr/bin/node',
  appNode: '/usr/bin/node',
  ports: { https: 8443, http: 8080, pooler: 6432, first: 20000 },
  listen: '127.0.0.1',
  secrets: Object.fromEntries(reserved.secrets.map((name) => [name, `${name}-secret`])),
  machine: { memoryBytes: 8 * 1024 ** 3, cores: 2, lowestOpenPort: 1024 },
}

const folder = `${exampleInstance.state}/tls`
export const exampleTls = { ca: `${folder}/ca.crt`, certificate: `${folder}/server.crt`, key: `${folder}/server.key` }
