import { z } from 'zod'
import { field } from '../core/field.ts'
import { sizeOf } from '../core/reserved.ts'
import { reserved } from './reserved.ts'

/** How many ports the inner engines take, from `ports.first` on. */
export const innerPorts = sizeOf(reserved)

/** Linux gives the ports above to connections that go out; an engine's port could be taken by one of them. */
const highest = 32_767

export const portField = (value: number, doc: string) =>
  field(z.int().min(1).max(highest).default(value), {
    doc,
    example: value,
    why: 'Linux gives the ports from 32768 on to connections that go out',
    source: 'ours',
  })

type Numbers = {
  readonly serve: { readonly https: number; readonly http: number }
  readonly ports: { readonly pooler: number; readonly first: number }
}

/** Two things that want one port, by the fields' paths: `['serve.http', 'serve.https', 8443]`; empty when each has its own. */
export function doublePorts({ serve, ports }: Numbers): readonly (readonly [string, string, number])[] {
  const { pooler, first } = ports
  const single = Object.entries({ 'serve.https': serve.https, 'serve.http': serve.http, 'ports.pooler': pooler })
  const same = single.flatMap(([name, value], index) =>
    single.slice(index + 1).flatMap(([other, its]) => (its === value ? [[other, name, value] as const] : [])),
  )
  const inBlock = single.filter(([, value]) => value >= first && value < first + innerPorts)
  return [...same, ...inBlock.map(([name, value]) => [name, 'ports.first', value] as const)]
}

export const portsSettings = field(
  z
    .strictObject({
      pooler: portField(6432, 'The database, through its pool.'),
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
    .prefault({}),
  {
    doc: 'TCP ports of what is not the site, all below 32768.',
    example: {},
  },
)
