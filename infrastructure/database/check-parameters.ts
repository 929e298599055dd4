import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { DatabaseEndpoint } from './local.ts'
import { type Member, members } from './render-patroni.ts'
import { memberProblem, postgresParameters } from './step-parameters.ts'

const next = 'edge deploy database puts the configured parameters back, and restarts where that is needed'

/** Asks each running server for the value that it uses, in the units that it was given in. */
export async function parametersInForce({ addresses, wanted }: DatabaseEndpoint): Promise<Verdict> {
  const expected = postgresParameters(wanted)
  const found = await Promise.all(
    members.map(async (member) => ({
      member,
      problem: await memberProblem(addresses, member).catch(messageOf),
      differences: await differences(addresses.members[member], expected).catch(() => []),
    })),
  )
  const facts = { parameters: Object.keys(expected).length, members: found.length }
  const wrong = found.flatMap(({ member, problem, differences: list }) => [
    ...(problem === undefined ? [] : [`${member}: ${problem}`]),
    ...list.map((difference) => `${member}: ${difference}`),
  ])
  if (wrong.length === 0) return kept(measured(facts))
  return broken(measured({ ...facts, wrong: wrong.length }), wrong.slice(0, 3).join('; '), next)
}

async function differences(
  address: DatabaseEndpoint['addresses']['members'][Member],
  expected: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  return withClient(address, async (client) => {
    const result: string[] = []
    for (const [name, value] of Object.entries(expected)) {
      const seen = await client.query<{ value: string; same: boolean }>(sameValue, [name, String(value)])
      const [row] = seen.rows
      if (!row) result.push(`${name} is unknown to this server`)
      else if (!row.same) result.push(`${name} is ${row.value}, not ${String(value)}`)
    }
    return result
  })
}

/** Compares as PostgreSQL reads it: `64MB` is `65536` kB, `on` is `true`. */
const sameValue = `
  with setting as (select vartype, unit, setting, current_setting(name) as shown from pg_settings where name = $1)
  select shown as value,
         case vartype
           when 'bool' then (shown = 'on') = ($2 in ('on', 'true', 'yes', '1'))
           when 'integer' then
             case when $2 ~ '^-?[0-9]+$' and unit is null then setting = $2
                  when $2 ~ '^-?[0-9]+$' then setting = $2
                  when unit ~ 'B$' then pg_size_bytes(shown) = pg_size_bytes($2)
                  else shown::interval = replace($2, 'min', ' minutes')::interval end
           when 'real' then case when $2 ~ '^-?[0-9.]+$' then setting::numeric = $2::numeric
                  else shown::interval = replace($2, 'min', ' minutes')::interval end
           else lower(setting) = lower($2)
         end as same
    from setting`
