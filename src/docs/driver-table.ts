/** One driver at both doors, as `test/drivers` measures it. Whoever changes a row sees that test fail. */
export type DriverRow = {
  /** The program of `test/drivers` and what it calls the driver. */
  readonly program: 'go' | 'python' | 'node'
  readonly key: string
  readonly name: string
  /** By the DATABASE_URL that edge hands to the app: every query right, or those refused that another transaction prepared. */
  readonly asItComes: 'right' | 'refused'
  /** With which every query is right there. */
  readonly setting: string
}

export const driverRows: readonly DriverRow[] = [
  {
    program: 'node',
    key: 'pg',
    name: 'node-postgres',
    asItComes: 'right',
    setting: 'none needed',
  },
  {
    program: 'node',
    key: 'pg-named',
    name: 'node-postgres with `name:`',
    asItComes: 'refused',
    setting: 'no `name:`',
  },
  {
    program: 'node',
    key: 'postgres',
    name: 'postgres.js',
    asItComes: 'right',
    setting: '`prepare: false` (without it each refusal is asked again)',
  },
  {
    program: 'go',
    key: 'pgx',
    name: 'pgx 5',
    asItComes: 'refused',
    setting: '`default_query_exec_mode=exec` in the address',
  },
  {
    program: 'go',
    key: 'pq',
    name: 'lib/pq',
    asItComes: 'right',
    setting: '`binary_parameters=yes` in the address: edge puts it there',
  },
  {
    program: 'python',
    key: 'psycopg',
    name: 'psycopg 3',
    asItComes: 'refused',
    setting: '`prepare_threshold=None`',
  },
  { program: 'python', key: 'asyncpg', name: 'asyncpg', asItComes: 'refused', setting: '`statement_cache_size=0`' },
]

/** The table of docs/your-app.md. */
export function driverTable(): string {
  return [
    '| driver | `DATABASE_URL`, as it comes | setting for it | with the setting | `DATABASE_SESSION_URL`, as it comes |',
    '|---|---|---|---|---|',
    ...driverRows.map(({ name, asItComes, setting }) => `| ${name} | ${asItComes} | ${setting} | right | right |`),
  ].join('\n')
}

/** One ORM at both doors, as `test/drivers/orms` measures it. */
export type OrmRow = {
  readonly key: 'prisma' | 'drizzle' | 'sqlalchemy' | 'django' | 'activeRecord'
  readonly name: string
  /** The SQLSTATE with which some of it is refused by the DATABASE_URL that edge hands to the app; none where all is right. */
  readonly refusedWith?: string
  /** What is refused, in words. */
  readonly without: string
  /** With which all of it is right there. */
  readonly setting: string
  /** What makes its tables, at the session door. */
  readonly migration: string
}

export const ormRows: readonly OrmRow[] = [
  {
    key: 'prisma',
    name: 'Prisma 6 (`engineType = "client"`, its adapter for node-postgres)',
    without: 'right',
    setting: 'none needed',
    migration: '`prisma migrate deploy`',
  },
  {
    key: 'drizzle',
    name: 'Drizzle 0.45 on node-postgres',
    refusedWith: '26000',
    without: 'what `.prepare(NAME)` has prepared is refused (26000)',
    setting: 'no `.prepare(NAME)`',
    migration: '`migrate()`',
  },
  {
    key: 'sqlalchemy',
    name: 'SQLAlchemy 2.1 on psycopg 3',
    refusedWith: '26000',
    without: 'a statement that one connection has run five times is refused (26000)',
    setting: '`connect_args={"prepare_threshold": None}`',
    migration: '`metadata.create_all()`',
  },
  {
    key: 'django',
    name: 'Django 5.2 on psycopg 3',
    refusedWith: '34000',
    without: '`.iterator()` is refused outside of a transaction (34000, `cursor … does not exist`)',
    setting: '`DISABLE_SERVER_SIDE_CURSORS: True`',
    migration: '`manage.py migrate`',
  },
  {
    key: 'activeRecord',
    name: 'ActiveRecord 6.1 on ruby-pg',
    refusedWith: '26000',
    without: 'nearly every query is refused (26000)',
    setting: '`prepared_statements: false`',
    migration: '`rails db:migrate`',
  },
]

/** The table of ORMs of docs/your-app.md. */
export function ormTable(): string {
  return [
    '| ORM | `DATABASE_URL`, as it comes | setting for it | with the setting | `DATABASE_SESSION_URL`, as it comes | tables made there by |',
    '|---|---|---|---|---|---|',
    ...ormRows.map(
      ({ name, without, setting, migration }) => `| ${name} | ${without} | ${setting} | right | right | ${migration} |`,
    ),
  ].join('\n')
}
