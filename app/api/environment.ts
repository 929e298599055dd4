/** Thrown with one line for the operator: which variable, what is wrong with it. */
export class EnvironmentProblem extends Error {
  override readonly name = 'EnvironmentProblem'
}

type Variables = Readonly<Record<string, string | undefined>>

export type ApiEnvironment = {
  readonly host: string
  readonly port: number
  readonly writerUrl: string
  readonly readerUrl: string
  readonly uploads: string
  readonly publicUrl: string
  /** What nginx shows with each request; without one nobody is believed about the client's address. */
  readonly proxySecret: string | undefined
  readonly logLevel: string
  /** A secret of Secrets Manager with the password; without one it is that of the URLs. */
  readonly passwordSecret: string | undefined
  /** Tables of DynamoDB for sessions and preferences; without them both are in the database. */
  readonly stateTables: { readonly sessions: string; readonly preferences: string } | undefined
}

/** What an API process needs. Throws EnvironmentProblem that names all that is missing at once. */
export function apiEnvironment(variables: Variables): ApiEnvironment {
  const names = ['HOST', 'PORT', 'DATABASE_URL', 'DATABASE_READER_URL', 'UPLOADS_DIRECTORY', 'PUBLIC_URL'] as const
  const given = required(variables, names)
  if (!URL.canParse(given.PUBLIC_URL))
    throw new EnvironmentProblem(`PUBLIC_URL must be a URL (got ${given.PUBLIC_URL})`)
  return {
    host: given.HOST,
    port: wholeNumber('PORT', given.PORT, 0, 65_535),
    writerUrl: given.DATABASE_URL,
    readerUrl: given.DATABASE_READER_URL,
    uploads: given.UPLOADS_DIRECTORY,
    publicUrl: given.PUBLIC_URL,
    proxySecret: variables['PROXY_SECRET'],
    logLevel: variables['LOG_LEVEL'] ?? 'info',
    passwordSecret: (variables['DATABASE_PASSWORD_SECRET'] ?? '') || undefined,
    stateTables: stateTables(variables),
  }
}

/** Both or neither. */
function stateTables(variables: Variables): ApiEnvironment['stateTables'] {
  const names = ['STATE_SESSIONS_TABLE', 'STATE_PREFERENCES_TABLE'] as const
  if (names.every((name) => (variables[name] ?? '') === '')) return undefined
  const { STATE_SESSIONS_TABLE: sessions, STATE_PREFERENCES_TABLE: preferences } = required(variables, names)
  return { sessions, preferences }
}

export type MigrationEnvironment = {
  readonly ownerUrl: string
  readonly testAccounts: number
  readonly testPassword: string
}

/** What the migrations need. Throws EnvironmentProblem. */
export function migrationEnvironment(variables: Variables): MigrationEnvironment {
  const given = required(variables, ['DATABASE_URL', 'TEST_ACCOUNTS', 'TEST_PASSWORD'])
  return {
    ownerUrl: given.DATABASE_URL,
    testAccounts: wholeNumber('TEST_ACCOUNTS', given.TEST_ACCOUNTS, 0, 100_000),
    testPassword: given.TEST_PASSWORD,
  }
}

function required<Name extends string>(variables: Variables, names: readonly Name[]): Record<Name, string> {
  const missing = names.filter((name) => (variables[name] ?? '') === '')
  if (missing.length > 0) throw new EnvironmentProblem(`missing in the environment: ${missing.join(', ')}`)
  // The cast: Object.fromEntries forgets the names, and each was seen to be there.
  return Object.fromEntries(names.map((name) => [name, variables[name]])) as Record<Name, string>
}

function wholeNumber(name: string, value: string, atLeast: number, atMost: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= atLeast && number <= atMost) return number
  throw new EnvironmentProblem(`${name} must be a whole number from ${atLeast} to ${atMost} (got ${value})`)
}
