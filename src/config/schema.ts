import { z } from 'zod'
import { siteSettings } from '../../infrastructure/app/settings.ts'
import { cdnSettings } from '../../infrastructure/cdn/settings.ts'
import { databaseSettings } from '../../infrastructure/database/settings.ts'
import { loadTestingSettings } from '../../infrastructure/load-testing/settings.ts'
import { field } from '../core/field.ts'

/** Above it the kernel hands out ports to clients: etcd met "address already in use" there. */
const highestPort = 32_767
/** How many neighbouring ports the inner engines take, from `ports.first` on. */
export const innerPorts = 11

const port = z.int().min(1).max(highestPort)
const why = `ports above ${highestPort} are handed out to clients by the kernel`

const ports = z
  .strictObject({
    https: field(port.default(8443), { doc: 'The site.', example: 8443, why, source: 'ours' }),
    http: field(port.default(8080), { doc: 'Redirects to the site.', example: 8080, why, source: 'ours' }),
    pooler: field(port.default(6432), {
      doc: 'The database, for clients (PgBouncer).',
      example: 6432,
      why,
      source: 'ours',
    }),
    first: field(
      z
        .int()
        .min(1024)
        .max(highestPort - innerPorts + 1)
        .default(7400),
      {
        doc: `The first of ${innerPorts} neighbouring ports for what stands behind the others.`,
        example: 7400,
        why,
        source: 'ours',
      },
    ),
  })
  .superRefine((given, context) => {
    const taken = new Map<number, string>()
    const all: [string, number][] = [
      ['https', given.https],
      ['http', given.http],
      ['pooler', given.pooler],
      ...Array.from({ length: innerPorts }, (_, index): [string, number] => ['first', given.first + index]),
    ]
    for (const [name, value] of all) {
      const other = taken.get(value)
      if (other === undefined) taken.set(value, name)
      else
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `must not be that of ports.${other} (both take ${value})`,
        })
    }
  })
  .prefault({})

/** One schema: types, defaults, documentation and messages of `production.config.ts`. */
export const schema = z.strictObject({
  name: field(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be lower-case letters, digits and hyphens')
      .default('production'),
    {
      doc: 'The name of this instance; two on one machine differ in it, in their ports and their state.',
      example: 'staging',
      source: 'ours',
    },
  ),
  target: field(z.enum(['local', 'aws']).default('local'), {
    doc: 'Where it runs: this machine, or AWS (not built yet).',
    example: 'local',
    source: 'ours',
  }),
  directory: field(z.string().min(1).optional(), {
    doc: 'What relative paths and commands start from. Without it: the folder of the configuration file.',
    example: '/srv/site',
  }),
  state: field(z.string().min(1).optional(), {
    doc: 'The folder of everything that this instance writes. Without it: /var/lib/edge/NAME when root starts it, else ~/.local/state/edge/NAME.',
    example: '/srv/edge-state',
  }),
  user: field(
    z
      .string()
      .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a name of a system user')
      .default('edge'),
    {
      doc: 'Who the engines run as when root starts them.',
      example: 'edge',
      source: 'ours',
    },
  ),
  domain: field(z.hostname().default('localhost'), {
    doc: "The site's name, for its certificate and its address.",
    example: 'sports.example',
    source: 'ours',
  }),
  listen: field(z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'), {
    doc: 'The address that the site listens on; everything else is on loopback always.',
    example: '127.0.0.1',
    source: 'ours',
  }),
  ports: field(ports, { doc: 'The ports of this instance.', example: {} }),
  site: field(siteSettings, { doc: 'Your app.', example: { static: 'public' } }),
  database: databaseSettings,
  cdn: cdnSettings,
  loadTesting: loadTestingSettings,
})

/** What an operator writes: `export default { … } satisfies ProductionConfig`. */
export type ProductionConfig = z.input<typeof schema>
/** The same with every default filled in and every unit parsed. */
export type Configuration = z.output<typeof schema>
