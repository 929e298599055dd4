import { join } from 'node:path'
import { OperatorError } from '../../src/core/errors.ts'
import type { Instance } from '../../src/core/instance.ts'
import type { Leader } from '../../src/engines/pgbackrest.ts'
import type { Addresses } from './addresses.ts'
import { type Cluster, statusOf } from './cluster.ts'
import { socketFolder } from './sockets.ts'

/** The member that leads at the moment. Throws OperatorError where no member leads. */
export async function leaderOf(instance: Instance, cluster: Cluster, addresses: Addresses): Promise<Leader> {
  const primary = (await statusOf(cluster)).find(({ role, state }) => role === 'primary' && state === 'running')
  if (!primary) throw new OperatorError('database', 'no member leads at the moment', 'edge status; then this again')
  const address = addresses.members[primary.member]
  const { port, user, password } = address
  return {
    server: {
      data: join(instance.state, 'data', primary.member),
      port,
      socket: socketFolder(instance),
      user,
      password,
    },
    app: { ...address, database: 'app' },
  }
}
