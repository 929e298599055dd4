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
