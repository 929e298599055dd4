import { expect, it } from 'vitest'
import type { Engine, PackageNeed, Unowned } from '../src/core/plan.ts'
import { duration } from '../src/core/units.ts'
import { engineVersions, postgresVersion } from './engine-versions.ts'

const engine = (name: string, program: string, need?: PackageNeed): Unowned<Engine> => ({
  kind: 'engine',
  name,
  command: [program, '-c', 'file'],
  ...(need ? { need } : {}),
  files: [],
  ready: { kind: 'tcp', port: 1 },
  readyWithin: duration('1 second'),
  stop: 'SIGTERM',
  stopWithin: duration('1 second'),
  after: [],
})
const need = (binary: string): PackageNeed => ({ binary, packages: [] })

it('names each program once, and the Node that runs an API; nothing of what does not say', async () => {
  const said: Record<string, string> = { haproxy: '2.6.12', '/tools/patroni': '4.1.5', '/opt/node': '24.1.0' }
  const plan = [
    engine('balancer', 'haproxy', need('haproxy')),
    engine('haproxy', 'haproxy', need('haproxy')),
    engine('pg1', '/tools/patroni', need('/tools/patroni')),
    engine('etcd', 'etcd', need('etcd')),
    engine('api1', '/opt/node'),
    engine('api2', '/srv/app/of-somebody'),
  ]
  const ask = ({ binary }: PackageNeed) => Promise.resolve(said[binary])
  expect(await engineVersions(plan, '/opt/node', ask)).toEqual({ haproxy: '2.6.12', patroni: '4.1.5', node: '24.1.0' })
})

it("reads PostgreSQL's own number", () => {
  expect(['150018', '160000'].map(postgresVersion)).toEqual(['15.18', '16.0'])
})
