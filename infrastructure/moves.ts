import type { Instance } from '../src/core/instance.ts'
import type { Plan } from '../src/core/plan.ts'
import { portsOf } from '../src/core/reserved.ts'
import type { World } from '../src/core/world.ts'
import { isAsConfigured } from '../src/targets/local/converge.ts'
import { listeners } from '../src/targets/local/listening.ts'
import type { Supervisor } from '../src/targets/local/s6.ts'
import { databaseReserved } from './database/reserved.ts'

/** What clients have to be told of a deployment that moves ports, before it begins. */
export type Moves = {
  /** In words, one for each door. */
  readonly says: readonly string[]
  /** For a while the database is away, or the API's processes ask for it where it is no more. */
  readonly ofDatabase: boolean
}

type Looker = { readonly instance: Instance; readonly supervisor: Supervisor; readonly world: World }

/** Doors that clients know by their ports, of engines that are up with another configuration and do not listen there yet. */
export async function movesOf(looker: Looker, plan: Plan): Promise<Moves> {
  const { instance, supervisor } = looker
  const open = new Set((await listeners()).map(({ port }) => port))
  const moves = async (name: string, ...ports: readonly number[]): Promise<boolean> => {
    const engine = plan.find((part) => part.name === name)
    if (engine?.kind !== 'engine' || ports.every((port) => open.has(port))) return false
    return (await supervisor.status(name)).up && !(await isAsConfigured(engine, looker))
  }
  const { https, http, pooler, first } = instance.ports
  const { session } = portsOf(instance, databaseReserved)
  const [site, pool, inside] = await Promise.all([
    moves('nginx', https, http),
    moves('pgbouncer', pooler),
    moves('haproxy', session),
  ])
  return {
    says: [
      ...(site
        ? [`serve: the site moves to port ${https} (HTTP: ${http}), and is refused at those of before from then on`]
        : []),
      ...(pool
        ? [
            `ports.pooler: the pool moves to port ${pooler}: at that of before clients are refused, those of the API too until their processes are replaced`,
          ]
        : []),
      ...(inside
        ? [
            `ports.first: the database moves to ports from ${first} on, and is away meanwhile, for some seconds; sessions at the session door are cut, which is port ${session} from then on`,
          ]
        : []),
    ],
    ofDatabase: pool || inside,
  }
}
