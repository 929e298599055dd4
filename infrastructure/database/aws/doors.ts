import type { Client } from 'pg'
import { type Check, notClaimed } from '../../../src/core/check.ts'
import type { Duration } from '../../../src/core/units.ts'
import type { World } from '../../../src/core/world.ts'
import type { ProvenStack } from '../../../src/targets/aws/declared.ts'
import type { DeployedDatabase } from './outputs.ts'
import { ownSchema } from './own-schema.ts'
import { NoWay, signIn } from './sign-in.ts'

type Door = 'pool' | 'reader'

/** What the checks of the database look at on AWS. */
export type DatabaseEndpointOnAws = ProvenStack & {
  readonly instance: string
  readonly region: string
  readonly doors: Pick<DeployedDatabase, Door | 'secret' | 'heartbeats'>
  /** How old what a reader sees may be. */
  readonly staleness: Duration
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
  endpoint: DatabaseEndpointOnAws,
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
