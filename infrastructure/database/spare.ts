import type { Instance } from '../../src/core/instance.ts'
import type { PgAddress } from '../../src/engines/postgres.ts'
import { scramSecret } from '../../src/engines/scram.ts'
import type { Addresses } from './addresses.ts'

/**
 * The spare ways in, while passwords are replaced: roles that are what the app's are, under another name. PgBouncer 1.18
 * and PostgreSQL know one password for each name, and programs of the app that run go on to connect with the one that
 * they were given.
 */
export const spareRoles = { pool: 'app_spare', session: 'app_session_spare' } as const

export type Spare = {
  /** Programs are led there now; else they are led back, and it only stays open. */
  readonly isUsed: boolean
  readonly password: string
  /** By role, what PostgreSQL and the pool keep of the password. */
  readonly secrets: Readonly<Record<string, string>>
  /** What the superuser's password was: where the replacement was cut off, PostgreSQL has it still. */
  readonly superuserBefore: string | undefined
}

/** Undefined but while passwords are replaced. */
export function spareOf({ rotation, secrets }: Pick<Instance, 'rotation' | 'secrets'>): Spare | undefined {
  if (!rotation) return undefined
  // The same in both stages: with another salt the pool could sign in no more for those that are connected.
  const saltKey = rotation.after['superuser'] ?? secrets['superuser'] ?? rotation.spare
  const { spare: password, stage, before } = rotation
  return {
    isUsed: stage === 'aside',
    password,
    secrets: Object.fromEntries(
      Object.values(spareRoles).map((role) => [role, scramSecret(role, password, saltKey)] as const),
    ),
    superuserBefore: before['superuser'],
  }
}

/** What programs of the app are given. */
export type Clients = Readonly<Record<'app' | 'reader' | 'session', PgAddress>>

export function clientsOf({ app, appReader, session }: Addresses, spare: Spare | undefined): Clients {
  if (!spare?.isUsed) return { app, reader: appReader, session }
  const { password } = spare
  return {
    app: { ...app, user: spareRoles.pool, password },
    reader: { ...appReader, user: spareRoles.pool, password },
    session: { ...session, user: spareRoles.session, password },
  }
}
