import { z } from 'zod'
import { field, httpTime, time } from '../../src/core/field.ts'

const command = z.array(z.string().min(1)).min(1)
const sources = z.array(z.string().min(1)).default([])

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable: letters, digits and _, no digit first')

/** What edge itself says in an address is not to be said otherwise. */
const parameter = z
  .string()
  .regex(/^[a-z_]+$/, 'must be the name of a parameter: small letters and _')
  .refine((name) => !name.startsWith('ssl'), "must not be about TLS: edge's addresses ask for it")

/** A path in the address would be lost without a word. */
const isOrigin = (url: string): boolean => {
  // What is no address at all has its own message.
  const parsed = URL.parse(url)
  return !parsed || (parsed.pathname === '/' && parsed.search === '' && parsed.hash === '')
}

const drain = field(time({ atLeast: '1 second', atMost: '1 hour' }).prefault('30 seconds'), {
  doc: 'How long requests in flight may take when what answers them is replaced: a process of the API, or nginx, by one with a new configuration. What takes longer is cut off.',
  example: '2 minutes',
  source: 'ours',
})

const built = z.strictObject({
  command: field(command, {
    doc: "Builds the web app; {output} is replaced by the folder that it builds into. 'node' is that of `site.api.command`.",
    example: ['npm', 'run', 'build', '--', '--outDir', '{output}'],
  }),
  sources: field(sources, {
    doc: 'Files and folders that the build is made of; it runs again when one of them changed.',
    example: ['web'],
  }),
})

/** How long is waited for an API, wherever it runs. */
const patience = {
  timeout: field(httpTime({ atLeast: '1 second' }).prefault('60 seconds'), {
    doc: 'How long the API may take to begin an answer, and to go on with it; then the visitor gets 504, and the request is not sent again. On AWS 120 seconds at most.',
    example: '90 seconds',
    source: 'ours',
  }),
  streamIdle: field(httpTime({ atLeast: '1 second' }).prefault('1 hour'), {
    doc: 'How long a stream of events may be silent, for a client that asks for one (`Accept: text/event-stream`, as EventSource does). CloudFront knows `timeout` alone.',
    example: '2 hours',
    source: 'ours',
  }),
}

const processes = z.strictObject({
  command: field(command, {
    doc: "Starts one API process; it listens on HOST and PORT of its environment ({port} is replaced, too). 'node' is the first on the PATH of `edge up` that the engines' user can run and that `engines.node` of the package.json beside the configuration allows, else edge's own: `edge config` says which.",
    example: ['node', 'server.js'],
  }),
  health: field(z.string().startsWith('/').default('/'), {
    doc: 'A path that answers 200 when a process can take requests.',
    example: '/api/health',
  }),
  eventLoop: field(z.string().startsWith('/').optional(), {
    doc: 'A path that answers `{"lateMs": 3}`: by how many ms the event loop of the process was late at most since it was asked last. A load test asks each process once a second, and draws it.',
    example: '/api/event-loop',
  }),
  metrics: field(z.string().startsWith('/').optional(), {
    doc: 'A path at which each process gives its own figures in the form of Prometheus, which then asks each of them every 15 seconds. One that is not below /api is led to by no visitor.',
    example: '/metrics',
  }),
  environment: field(z.record(variable, z.string()).default({}), {
    doc: 'More variables for the environment of each process, and of the migrations.',
    example: { LOG_LEVEL: 'info' },
  }),
  databaseParameters: field(z.record(parameter, z.string()).optional(), {
    doc: 'Parameters for the driver, added to DATABASE_URL and DATABASE_READER_URL. Without it: `binary_parameters=yes` for a program of Go that has lib/pq in it, and none for any other.',
    example: { default_query_exec_mode: 'exec' },
  }),
  drain,
  sources: field(sources, {
    doc: 'Files and folders of the program; the processes restart when one of them changes.',
    example: ['server.js'],
  }),
  ...patience,
})

const elsewhere = z.strictObject({
  url: field(
    z
      .url({ protocol: /^https?$/ })
      .refine(isOrigin, 'must end after the host and the port: nginx passes on the path that was asked for'),
    {
      doc: 'An API that runs already: on this machine (http) or, for the target `aws`, anywhere (https).',
      example: 'http://127.0.0.1:9000',
    },
  ),
  health: field(z.string().startsWith('/').default('/'), {
    doc: 'A path that answers 200 when it can take requests.',
    example: '/health',
  }),
  drain,
  ...patience,
})

const migrations = z.strictObject({
  command: field(command, {
    doc: "Brings the database's schema up to date; it has the environment of the API's processes, `site.api.environment` too, with DATABASE_URL and DATABASE_SESSION_URL of the schema's owner, and may run any number of times.",
    example: ['node', 'migrate.js'],
  }),
  sources: field(sources, {
    doc: 'Files and folders that the migrations are made of; they run again when one of them changed.',
    example: ['migrations'],
  }),
})

/** The operator's own app, whatever it is made with. */
export const siteSettings = field(
  z.strictObject({
    static: field(z.union([z.string().min(1), built]), {
      doc: 'The static site: a folder that is built already, or how it is built.',
      example: 'public',
    }),
    api: field(z.union([processes, elsewhere]).optional(), {
      doc: 'What answers below /api: a program that edge runs, or one that runs already. Without it there is none.',
      example: { url: 'http://127.0.0.1:9000', health: '/health' },
    }),
    migrations: field(migrations.optional(), {
      doc: "How the database's schema is brought up to date. Without it the database is empty.",
      example: { command: ['node', 'migrate.js'], sources: ['migrations'] },
    }),
  }),
  { doc: 'Your app: its static site, its API, and the migrations of its database.', example: { static: 'public' } },
)

export type SiteSettings = z.output<typeof siteSettings>

/** Whether the API is that of the reference app (app/api), and its visitors do what a load test does by default. */
export const isReferenceApp = ({ api }: SiteSettings): boolean =>
  api !== undefined &&
  'command' in api &&
  api.command.some((word) => /(^|\/)app\/api\/(start\.js|main\.ts)$/.test(word))

/** Whether a command begins with the word `node`. */
export const callsNode = (site: SiteSettings): boolean =>
  [site.static, site.api, site.migrations].some(
    (one) => typeof one === 'object' && 'command' in one && one.command[0] === 'node',
  )

/** Files and folders that the site's settings name, with the field that names each; paths as they were written. */
export function namedPaths(site: SiteSettings): readonly { readonly where: string; readonly path: string }[] {
  const named = (where: string, paths: readonly string[]) => paths.map((path) => ({ where, path }))
  return [
    ...(typeof site.static === 'string'
      ? named('site.static', [site.static])
      : named('site.static.sources', site.static.sources)),
    ...(site.api && 'sources' in site.api ? named('site.api.sources', site.api.sources) : []),
    ...named('site.migrations.sources', site.migrations?.sources ?? []),
  ]
}
