import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
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
  expect(places).toEqual([...new Set(places)])
  expect(Math.max(...places)).toBe(innerPorts - 1)
})

it('gives no two parts one secret', () => {
  expect(reserved.secrets).toEqual([...new Set(reserved.secrets)])
})

it('knows every room that reserves something', () => {
  const list = readFileSync(join(import.meta.dirname, 'reserved.ts'), 'utf8')
  const rooms = globSync('infrastructure/*/reserved.ts', { cwd: join(import.meta.dirname, '../..') })
  expect(rooms.filter((file) => !list.includes(`'../../${file}'`))).toEqual([])
})
