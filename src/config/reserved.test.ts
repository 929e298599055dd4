import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Reserved } from '../core/reserved.ts'
import { innerPorts } from './ports.ts'
import { reserved } from './reserved.ts'

/** What instances of 0.2.0 and 0.2.1 have. Never to be changed: what comes later stands in the rooms alone. */
const released = {
  ports: {
    etcd: 0,
    etcdPeer: 1,
    postgres: [2, 3],
    patroni: [4, 5],
    writer: 6,
    reader: 7,
    haproxyStatus: 8,
    api: [9, 10],
    session: 11,
  },
  secrets: ['superuser', 'replication', 'owner', 'app', 'pooler', 'patroni', 'testAccounts', 'agent', 'proxy'],
}

it.each(Object.entries(released.ports))('leaves the ports %s where instances have them', (name, places) => {
  const now = [reserved.ports[name] ?? []].flat()
  expect(now.slice(0, [places].flat().length)).toEqual([places].flat())
})

it('keeps every secret that instances have', () => {
  expect(reserved.secrets).toEqual(expect.arrayContaining(released.secrets))
})

it('gives no two parts one port', () => {
  const places = Object.values(reserved.ports).flat()
  expect(new Set(places).size).toBe(places.length)
  expect(Math.max(...places)).toBeLessThan(innerPorts)
})

it('gives no two parts one secret', () => {
  expect(reserved.secrets).toEqual([...new Set(reserved.secrets)])
})

it('leaves secrets as they are for a reason, each of which there is', () => {
  const kept = Object.entries(reserved.keeps)
  expect(kept.map(([name]) => name).toSorted()).toEqual(['backup', 'proxy', 'testAccounts'])
  for (const [name, why] of kept) {
    expect(reserved.secrets).toContain(name)
    expect(why.length).toBeGreaterThan(20)
  }
})

it('knows what every room reserves', async () => {
  const infrastructure = join(import.meta.dirname, '../../infrastructure')
  const files = globSync('*/reserved.ts', { cwd: infrastructure })
  expect(files.length).toBeGreaterThan(2)
  for (const file of files) {
    const module: Record<string, Reserved> = await import(join(infrastructure, file))
    for (const { ports, secrets } of Object.values(module)) {
      expect(reserved.ports).toMatchObject(ports)
      expect(reserved.secrets).toEqual(expect.arrayContaining([...secrets]))
    }
  }
})
