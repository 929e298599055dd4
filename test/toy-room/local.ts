import { join } from 'node:path'
import type { Local } from '../../src/core/component.ts'
import type { Instance } from '../../src/core/instance.ts'
import { portsOf, secretsOf } from '../../src/core/reserved.ts'
import { duration } from '../../src/core/units.ts'
import { recordsOf } from '../../src/targets/local/records.ts'
import type { ToyEndpoint } from './endpoint.ts'
import { toyReserved } from './reserved.ts'
import type { ToySettings } from './settings.ts'

export function local(
  instance: Instance,
  { patience }: ToySettings,
): Local<ToyEndpoint, Readonly<Record<never, never>>> {
  const { toy: port } = portsOf(instance, toyReserved)
  const { toy: secret } = secretsOf(instance, toyReserved)
  return {
    plan: [
      {
        kind: 'engine',
        name: 'toy',
        component: 'toy',
        command: [instance.node, join(import.meta.dirname, 'engine.ts'), String(port)],
        environment: { SECRET: secret },
        files: [],
        ready: { kind: 'tcp', port },
        readyWithin: duration('15 seconds'),
        stop: 'SIGTERM',
        stopWithin: duration('5 seconds'),
        after: [],
      },
    ],
    provides: {},
    endpoint: { port, secret, patience, records: recordsOf(instance.state) },
  }
}
