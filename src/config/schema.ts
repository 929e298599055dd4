import { config, z } from 'zod'
import { type RoomFields, rooms, wrongTogether } from '../../infrastructure/rooms.ts'
import { field } from '../core/field.ts'
import { awsSettings } from './aws.ts'
import { wrongOnAws } from './on-aws.ts'
import { doublePorts, innerPorts, portsSettings } from './ports.ts'
import { serveSettings } from './serve.ts'

// Each schema reads one text or two in a run: to compile it first takes longer (17 ms) than it could ever win back.
config({ jitless: true })

const loaded = await Promise.all(rooms.map(async ({ field: name, settings }) => [name, await settings()] as const))
// Object.fromEntries forgets which name has which schema; they are those of the rooms, one to one, by the line above.
const ofRooms = Object.fromEntries(loaded) as RoomFields

const letters = 'must be lower-case letters, digits and hyphens, beginning with a letter, 40 at most'

const fields = {
  name: field(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, letters)
      .default('production'),
    {
      doc: 'Name of this instance. Two instances on one machine have two names, two states and two sets of ports.',
      example: 'staging',
      why: 'it becomes a part of paths and of addresses',
      source: 'ours',
    },
  ),
  target: field(z.enum(['local', 'aws']).default('local'), {
    doc: 'Where it runs: on this machine, or on AWS (all but the API).',
    example: 'local',
    source: 'ours',
  }),
  directory: field(z.string().min(1).optional(), {
    doc: "The folder that commands and paths of `site` are relative to. Without it: this file's own folder.",
    example: '../my-app',
  }),
  state: field(z.string().min(1).optional(), {
    doc: 'The folder for data, logs and secrets. Without it: /var/lib/edge/NAME for root, else ~/.local/state/edge/NAME.',
    example: '/srv/edge/production',
  }),
  user: field(
    z
      .string()
      .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a Linux user')
      .refine((name) => name !== 'root', 'must not be root')
      .default('edge'),
    {
      doc: 'Who the engines run as when root starts them (made if missing). Anyone else starts them as themselves.',
      example: 'edge',
      why: 'PostgreSQL and PgBouncer refuse to run as root',
      source: 'ours',
    },
  ),
  serve: serveSettings,
  ports: portsSettings,
  ...ofRooms,
  aws: awsSettings,
}

/** The whole configuration: types, defaults, documentation and messages come from this one value. */
export const schema = z.strictObject(fields).superRefine((given, context) => {
  const { target, site, serve, aws, ports } = given
  for (const [name, other, value] of doublePorts({ serve, ports })) {
    const block = `ports.first: ${ports.first} to ${ports.first + innerPorts - 1} are the inner engines'`
    const message = other === 'ports.first' ? `${value} is taken by ${block}` : `${value} is that of ${other}, too`
    context.addIssue({ code: 'custom', path: name.split('.'), message })
  }
  const { api } = site
  if (target === 'local' && api && 'url' in api && !api.url.startsWith('http:')) {
    const message = 'must begin with http:// on this machine: nginx is where TLS ends'
    context.addIssue({ code: 'custom', path: ['site', 'api', 'url'], message })
  }
  for (const [name, message, input] of wrongTogether(given))
    context.addIssue({ code: 'custom', path: name.split('.'), message, input })
  for (const [name, message] of target === 'aws' ? wrongOnAws(given, serve, aws) : [])
    context.addIssue({ code: 'custom', path: name.split('.'), message })
})

/** What the operator's file says: `export default { … } satisfies ProductionConfig`. */
export type ProductionConfig = z.input<typeof schema>
/** The whole configuration, with every default in its place and every unit parsed. */
export type Configuration = z.output<typeof schema>
