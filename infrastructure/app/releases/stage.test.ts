import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { writeFiles } from '../../../test/write-files.ts'
import { apiLayout } from './layout.ts'
import { readProgram } from './program.ts'
import { damageOfApi, pruneApis, stageApi, type StagedApi } from './stage.ts'

const { world } = testWorld()
let root = ''
let folder = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'edge-api-'))
  folder = join(root, 'program')
  await write('server.js', 'serve')
  await write('bin/tool', '#!/bin/sh')
  await chmod(join(folder, 'bin', 'tool'), 0o775)
})
afterEach(() => rm(root, { recursive: true, force: true }))

const write = (name: string, content: string): Promise<void> => writeFiles(folder, { [name]: content })
const stage = async (live?: StagedApi): Promise<StagedApi> =>
  stageApi(folder, await readProgram(folder), root, live?.release.id, world)
const released = ({ release }: StagedApi, name: string): string => join(release.folder, name)

describe('a program that is released', () => {
  it('is there whole, with its modes and its links', async () => {
    await symlink('../bin/tool', join(folder, 'bin', 'same'))
    await mkdir(join(folder, 'empty'))
    const one = await stage()
    expect(await readFile(released(one, 'server.js'), 'utf8')).toBe('serve')
    expect((await stat(released(one, 'bin/tool'))).mode & 0o777).toBe(0o555)
    expect((await stat(released(one, 'server.js'))).mode & 0o777).toBe(0o444)
    expect(await readlink(released(one, 'bin/same'))).toBe('../bin/tool')
    expect(await readdir(released(one, 'empty'))).toEqual([])
    expect(await damageOfApi(root, one.release.id)).toBeUndefined()
  })

  it('is the same release when the same folder is given again', async () => {
    const one = await stage()
    expect(await stage(one)).toEqual({ release: one.release, written: { files: 0, bytes: 0 } })
  })

  it('shares with the live one the files that did not change, and no others', async () => {
    const one = await stage()
    await write('server.js', 'serve more')
    const two = await stage(one)
    expect(two.written).toEqual({ files: 1, bytes: 10 })
    const inode = async (staged: StagedApi, name: string): Promise<number> => (await stat(released(staged, name))).ino
    expect(await inode(two, 'bin/tool')).toBe(await inode(one, 'bin/tool'))
    expect(await readFile(released(one, 'server.js'), 'utf8')).toBe('serve')
  })

  it('is another one when a file became executable', async () => {
    const one = await stage()
    await chmod(join(folder, 'server.js'), 0o755)
    expect((await stage(one)).release.id).not.toBe(one.release.id)
  })

  it('is copied anew where a hand has changed it, beside the one that processes run in', async () => {
    const one = await stage()
    await chmod(released(one, 'server.js'), 0o644)
    await writeFile(released(one, 'server.js'), 'by hand')
    expect(await damageOfApi(root, one.release.id)).toBe('server.js was changed')
    const two = await stage(one)
    expect(two.release.id).toBe(`${one.release.id}.2`)
    expect(await readFile(released(two, 'server.js'), 'utf8')).toBe('serve')
  })

  it('is whole, whatever it writes beside its own files', async () => {
    const one = await stage()
    await writeFile(released(one, 'cache.tmp'), 'while it runs')
    expect(await damageOfApi(root, one.release.id)).toBeUndefined()
  })

  it('leaves out a repository of its own', async () => {
    await write('.git/config', 'history')
    await write('.env', 'part of it')
    expect(await readdir((await stage()).release.folder)).toEqual(['.env', 'bin', 'server.js'])
  })
})

it('clears away what a killed run left behind, and never what is live', async () => {
  const one = await stage()
  const { releases, manifest } = apiLayout(root).shelf
  await mkdir(join(releases, '.half'))
  await mkdir(join(releases, 'without-a-list'))
  await rm(manifest(one.release.id))
  await write('server.js', 'serve more')
  const two = await stage(one)
  expect((await readdir(releases)).toSorted()).toEqual([one.release.id, two.release.id].toSorted())
})

it('deletes what no release of the web names', async () => {
  const one = await stage()
  await write('server.js', 'serve more')
  const two = await stage(one)
  expect(await pruneApis(root, new Set([two.release.id]), [])).toEqual([one.release.id])
  expect((await apiLayout(root).shelf.whole()).map(({ id }) => id)).toEqual([two.release.id])
  expect(await readFile(released(two, 'bin/tool'), 'utf8')).toBe('#!/bin/sh')
})

it('deletes none that a service starts in: its publication was cut off', async () => {
  const [one, two] = [await stage(), await write('server.js', 'serve more').then(() => stage())]
  const started = [`cd '${two.release.folder}' || exit 111`, `cd '${one.release.folder}.2' || exit 111`]
  expect(await pruneApis(root, new Set(), started)).toEqual([one.release.id])
  expect(await readFile(released(two, 'server.js'), 'utf8')).toBe('serve more')
})

describe('a folder that cannot be released is refused in words, with exit 2', () => {
  const refusal = (path = folder): Promise<unknown> =>
    readProgram(path).then(
      () => 'accepted',
      ({ where, message, exitCode }: { where: string; message: string; exitCode: number }) => [
        where,
        message,
        exitCode,
      ],
    )
  const refused = (words: string): unknown => ['--api', words, 2]

  it('that is not there', async () => {
    expect(await refusal(join(root, 'nowhere'))).toEqual(refused(`${join(root, 'nowhere')} is not there`))
  })
  it('that is a file', async () => {
    expect(await refusal(join(folder, 'server.js'))).toEqual(refused(`${join(folder, 'server.js')} is no folder`))
  })
  it('that is empty', async () => {
    await mkdir(join(root, 'empty'))
    expect(await refusal(join(root, 'empty'))).toEqual(refused(`${join(root, 'empty')} is empty`))
  })
  it('with a link to somewhere else', async () => {
    await symlink('/etc/passwd', join(folder, 'users'))
    expect(await refusal()).toEqual(refused('users is a link out of the folder (to /etc/passwd)'))
  })
  it('with a link above itself', async () => {
    await symlink('../../secrets', join(folder, 'bin', 'secrets'))
    expect(await refusal()).toEqual(refused('bin/secrets is a link out of the folder (to ../../secrets)'))
  })
  it('with links that lead out together', async () => {
    await mkdir(join(folder, 'a', 'b'), { recursive: true })
    await symlink('../..', join(folder, 'a', 'b', 'top'))
    await symlink('a/b/top/..', join(folder, 'out'))
    expect(await refusal()).toEqual(refused(`out is a link out of the folder (to ${root})`))
  })
  it('with a link to nothing', async () => {
    await symlink('nothing', join(folder, 'left'))
    expect(await refusal()).toEqual(refused('left is a link to nothing (nothing)'))
  })
  it('with a file that nobody may read', async () => {
    for (const path of [root, folder]) await chmod(path, 0o755)
    await chmod(join(folder, 'server.js'), 0o000)
    const isRoot = process.getuid?.() === 0
    // Root may read everything, and is nobody for a moment.
    if (isRoot) process.seteuid?.(65_534)
    const seen = await refusal().finally(() => (isRoot ? process.seteuid?.(0) : undefined))
    expect(seen).toEqual(refused(`${join(folder, 'server.js')} cannot be read (EACCES)`))
  })
})
