import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { DatabaseEndpoint } from './local.ts'
import { callsOf, costliest } from './statements.ts'

const calls = 5
/** A name by which it is found, and a form that nobody else's has: statements that differ in names alone are one. */
const ours = 'edge_is_counted'
const statement = `select null::macaddr, null::polygon as ${ours}`

/** Runs a statement through the pool, as the app, and looks for it among what PostgreSQL has counted. */
export async function insights({ addresses, cluster }: DatabaseEndpoint): Promise<Verdict> {
  const next = 'edge deploy database has statements counted again; edge database top lists them'
  try {
    return await withClient({ ...addresses.superuser, database: 'app' }, async (server) => {
      const before = await callsOf(server, ours)
      await withClient(addresses.app, async (app) => {
        for (let call = 0; call < calls; call += 1) await app.query(statement)
      })
      const counted = (await callsOf(server, ours)) - before
      const { statements, missing } = await costliest(addresses, cluster.members, 1)
      const [first] = statements
      const facts = {
        ran: calls,
        counted,
        'asked on': cluster.members.filter((name) => !missing.some(({ member }) => member === name)),
        ...(first ? { 'the costliest takes': `${(first.share * 100).toFixed(0)} % of the time` } : {}),
      }
      if (counted >= calls) return kept(measured(facts))
      return broken(measured(facts), `a statement ran ${calls} times and was counted ${counted} times`, next)
    })
  } catch (error) {
    return broken(measured({ ran: calls }), `statements are not counted: ${messageOf(error)}`, next)
  }
}
