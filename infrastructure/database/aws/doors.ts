import type { Client } from 'pg'
import { broken, type Check, type Facts, kept, measured, notClaimed } from '../../../src/core/check.ts'
import type { Duration } from '../../../src/core/units.ts'
import type { World } from '../../../src/core/world.ts'
import type { ProvenStack } from '../../../src/targets/aws/declared.ts'
import type { DeployedDatabase } from './outputs.ts'
import { ownSchema } from './own-schema.ts'
import type { RdsParameter } from './parameters.ts'
import { NoWay, signIn } from './sign-in.ts'

/** `session`: the primary's own. */
export type Door = 'pool' | 'session' | 'reader'

/** What the checks of the database look at on AWS. */
export type DatabaseEndpointOnAws = ProvenStack & {
  readonly instance: string
  readonly region: string
  readonly doors: Pick<DeployedDatabase, Door | 'secret' | 'heartbeats'>
  /** How old what a reader sees may be. */
  readonly staleness: Duration
  /** As the group has them. */
  readonly parameters: readonly RdsParameter[]
}

/** A check that asks the database by SQL; not claimed where there is no way to it. */
export const bySql =
  (check: Check<DatabaseEndpointOnAws>): Check<DatabaseEndpointOnAws> =>
  async (endpoint, world) => {
    try {
      return await check(endpoint, world)
    } catch (error) {
      if (error instanceof NoWay) return notClaimed(error.message)
      throw error
    }
  }

/** What was seen by SQL, and what of it is wrong, with the next step. */
export type SeenBySql = { readonly facts: Facts; readonly wrong?: readonly [because: string, next: string] }

/**
 * A check of how RDS is configured that also asks the database itself, where there is a way to it: what it says is measured.
 * Where there is none, what is configured is declared, as it is without.
 */
export const alsoBySql =
  (
    configured: Check<DatabaseEndpointOnAws>,
    look: (endpoint: DatabaseEndpointOnAws, world: World) => Promise<SeenBySql>,
  ): Check<DatabaseEndpointOnAws> =>
  async (endpoint, world) => {
    const verdict = await configured(endpoint, world)
    if (verdict.is !== 'kept') return verdict
    const { evidence } = verdict
    try {
      const { facts, wrong } = await look(endpoint, world)
      const seen = measured({ ...evidence.facts, ...facts })
      return wrong ? broken(seen, ...wrong) : kept(seen)
    } catch (error) {
      if (!(error instanceof NoWay)) throw error
      return kept({ ...evidence, facts: { ...evidence.facts, 'asked by SQL': error.message } })
    }
  }

/** Through the pool, as the database's own user, with edge's schema in it. */
export const throughPool = <Result>(
  endpoint: DatabaseEndpointOnAws,
  world: World,
  use: (client: Client) => Promise<Result>,
): Promise<Result> =>
  throughDoor('pool', endpoint, world, async (client) => {
    await client.query(ownSchema)
    return use(client)
  })

export async function throughDoor<Result>(
  door: Door,
  endpoint: {
    readonly doors: Pick<DatabaseEndpointOnAws['doors'], Door | 'secret'>
    readonly deployed: Pick<DatabaseEndpointOnAws['deployed'], 'client'>
  },
  world: World,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { doors, deployed } = endpoint
  const client = await signIn({ address: doors[door], secret: doors.secret, client: deployed.client }, world)
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
