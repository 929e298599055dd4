import { z } from 'zod'
import { field } from '../core/field.ts'

/** How many ports the inner engines take, from `ports.first` on. */
export const innerPorts = 11

/** Linux gives the ports above to connections that go out; an engine's port could be taken by one of them. */
const highest = 32_767

const port = (value: number, doc: string) =>
  field(z.int().min(1).max(highest).default(value), {
    doc,
    example: value,
    why: 'Linux gives the ports from 32768 on to connections that go out',
    source: 'ours',
  })

type Numbers = { readonly https: number; readonly http: number; readonly pooler: number; readonly first: number }

/** Two things that want one port, by the fields' names: `['http', 'https']`; empty when each has its own. */
export function doublePorts({ https, http, pooler, first }: Numbers): readonly (readonly [string, string, number])[] {
  const single = Object.entries({ https, http, pooler })
  const same = single.flatMap(([name, value], index) =>
    single.slice(index + 1).flatMap(([other, its]) => (its === value ? [[other, name, value] as const] : [])),
  )
  const inBlock = single.filter(([, value]) => value >= first && value < first + innerPorts)
  return [...same, ...inBlock.map(([name, value]) => [name, 'first', value] as const)]
}

export const portsSettings = field(
  z
    .strictObject({
      https: port(8443, 'The site.'),
      http: port(8080, 'Sends visitors on to HTTPS.'),
      pooler: port(6432, 'The database, through its pool.'),
      first: field(
        z
          .int()
          .min(1024)
          .max(highest - innerPorts + 1)
          .default(7400),
        {
          doc: `The first of ${innerPorts} neighbouring ports for the engines inside, on 127.0.0.1.`,
          example: 7400,
          why: `${innerPorts} ports from here on must be below 32768, and not need root`,
          source: 'ours',
        },
      ),
    })
    .prefault({})
    .superRefine((ports, context) => {
      for (const [name, other, value] of doublePorts(ports)) {
        const block = `ports.first: ${ports.first} to ${ports.first + innerPorts - 1} are the inner engines'`
        const message = other === 'first' ? `${value} is taken by ${block}` : `${value} is that of ports.${other}, too`
        context.addIssue({ code: 'custom', path: [name], message })
      }
    }),
  {
    doc: 'TCP ports, all below 32768. Below 1024 only where the machine lets others than root have them.',
    example: {},
  },
)
