import { DatabaseError } from 'pg'
import type { Observation, Step } from '../../src/core/plan.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import type { Spare } from './spare.ts'
import { quietly } from './step-roles.ts'

/** PostgreSQL's invalid_password. */
const refused = '28P01'

/**
 * While passwords are replaced, before the members read theirs: PostgreSQL first, as what is connected stays so, and who
 * connects anew is told the new one a moment later. `secrets`: by role, what PostgreSQL is to keep of the password.
 */
export function superuserStep(
  { superuser }: Addresses,
  secrets: Readonly<Record<string, string>>,
  spare: Spare | undefined,
): Step {
  const observe = async (): Promise<Observation> => {
    if (!spare || spare.isUsed) return 'done'
    return withClient(superuser, async (client) => {
      const { rows } = await client.query<{ name: string; secret: string }>(
        'select rolname as name, rolpassword as secret from pg_authid where rolname = any($1)',
        [Object.keys(secrets)],
      )
      const other = rows.find(({ name, secret }) => secret !== secrets[name])
      return other ? { missing: `${other.name} has its password of before` } : 'done'
    }).catch((error: unknown): Observation => {
      if (error instanceof DatabaseError && error.code === refused) return { missing: 'PostgreSQL has it not yet' }
      // Nobody leads, or nothing runs: there is nobody to be told.
      return 'done'
    })
  }
  return {
    kind: 'step',
    name: 'superuser',
    component: 'database',
    title: 'superuser',
    after: [],
    observe,
    ensure: async () => {
      const passwords = [spare?.superuserBefore, superuser.password].filter((password) => password !== undefined)
      for (const [index, password] of passwords.entries()) {
        const told = await withClient({ ...superuser, password }, async (client) => {
          const roles = Object.entries(secrets).map(
            ([role, secret]) => `alter role ${role} password ${client.escapeLiteral(secret)}`,
          )
          // All of it or nothing.
          for (const statement of [...quietly, 'begin', ...roles, 'commit']) await client.query(statement)
          return true
        }).catch((error: unknown) => {
          if (error instanceof DatabaseError && error.code === refused && index < passwords.length - 1) return false
          throw error
        })
        if (told) return
      }
    },
    detail: async () => 'signs in',
  }
}
