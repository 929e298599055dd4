import { mkdtemp, mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { cloneOf, withoutSecrets } from './clone.ts'

const { world } = testWorld()
let folder = ''
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'clone-')))
})
afterEach(() => rm(folder, { recursive: true }))

const git = async (...args: readonly string[]): Promise<string> => {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com']
  const ran = await world.run(['git', ...who, '-C', folder, ...args])
  if (ran.code !== 0) throw new Error(ran.stderr)
  return ran.stdout.trim()
}

it('is a commit, the address that it came from, and whether all of it is committed', async () => {
  await git('init', '--quiet')
  expect(await cloneOf(folder, world)).toBeUndefined()
  await writeFile(join(folder, 'file'), 'one')
  await git('add', '.')
  await git('commit', '--quiet', '-m', 'one')
  const commit = await git('rev-parse', 'HEAD')
  expect(await cloneOf(folder, world)).toEqual({ commit, isChanged: false })
  await git('remote', 'add', 'backup', '/srv/backup.git')
  await git('remote', 'add', 'origin', 'https://me:token@git.example.com/edge.git')
  await writeFile(join(folder, 'file'), 'two')
  const from = 'https://git.example.com/edge.git'
  expect(await cloneOf(folder, world)).toEqual({ commit, from, isChanged: true })
  // A copy of edge in somebody's own repository is at no commit of edge.
  await mkdir(join(folder, 'copy'))
  expect(await cloneOf(join(folder, 'copy'), world)).toBeUndefined()
})

it('is none where there is no git, or no repository', async () => {
  expect(await cloneOf(folder, world)).toBeUndefined()
  const without = { run: () => Promise.reject(new Error('git is not installed')) }
  expect(await cloneOf(folder, without)).toBeUndefined()
})

it.each([
  ['https://token@github.com/a/edge', 'https://github.com/a/edge'],
  ['https://host/a/edge.git?access_token=secret#secret', 'https://host/a/edge.git'],
  ['ssh://git:secret@host:2222/a/edge.git', 'ssh://git@host:2222/a/edge.git'],
  ['git@host:a/edge.git', 'git@host:a/edge.git'],
  ['/srv/edge.git', '/srv/edge.git'],
  ['https://me:secret@ho st/', undefined],
])('of %s has no secret', (address, shown) => {
  expect(withoutSecrets(address)).toBe(shown)
})
