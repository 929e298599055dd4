import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { guardPaths, type GuardPaths, lowerGuards, newServices, raiseGuards } from './package-guards.ts'

let root: string
let paths: GuardPaths
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'edge-guards-'))
  paths = guardPaths(root)
  await mkdir(dirname(paths.policy), { recursive: true })
})
afterEach(() => rm(root, { recursive: true }))

test('forbids services to start, and clusters to be made, and leaves nothing of it behind', async () => {
  await raiseGuards(paths)
  expect(await readFile(paths.policy, 'utf8')).toContain('exit 101')
  expect((await stat(paths.policy)).mode & 0o111).toBe(0o111)
  expect(await readFile(paths.noCluster, 'utf8')).toContain('create_main_cluster = false')
  await lowerGuards(paths)
  expect(await readdir(dirname(paths.policy))).toEqual([])
  expect(await readdir(dirname(paths.noCluster))).toEqual([])
})

test("puts the operator's own policy back", async () => {
  await writeFile(paths.policy, '#!/bin/sh\nexit 0\n')
  await raiseGuards(paths)
  await lowerGuards(paths)
  expect(await readFile(paths.policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n')
  expect(await readdir(dirname(paths.policy))).toEqual(['policy-rc.d'])
})

test("puts the operator's own policy back after a run that was killed", async () => {
  await writeFile(paths.policy, '#!/bin/sh\nexit 0\n')
  await raiseGuards(paths)
  await raiseGuards(paths)
  await lowerGuards(paths)
  expect(await readFile(paths.policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n')
})

test('keeps a policy that the operator wrote during the installation', async () => {
  await raiseGuards(paths)
  await writeFile(paths.policy, 'theirs')
  await lowerGuards(paths)
  expect(await readFile(paths.policy, 'utf8')).toBe('theirs')
})

test('tells the services that came new from those that were there', async () => {
  const folder = join(root, 'lib/systemd/system')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'nginx.service'), '')
  await writeFile(join(folder, 'notes.txt'), '')
  expect(await newServices({ units: [], initScripts: [] }, paths)).toEqual({
    units: ['nginx.service'],
    initScripts: [],
  })
  expect((await newServices({ units: ['nginx.service'], initScripts: [] }, paths)).units).toEqual([])
})

test("leaves the init system's own services alone when it comes as a dependency", async () => {
  const folder = join(root, 'lib/systemd/system')
  await mkdir(folder, { recursive: true })
  await mkdir(paths.packageLists, { recursive: true })
  for (const name of ['getty@.service', 'nginx.service']) await writeFile(join(folder, name), '')
  await writeFile(join(paths.packageLists, 'systemd.list'), '/.\n/lib/systemd/system/getty@.service\n')
  expect((await newServices({ units: [], initScripts: [] }, paths)).units).toEqual(['nginx.service'])
})
