import { spawn } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { writeFiles } from '../../test/write-files.ts'
import { foldersOf, publishInput, refuseFolderAround } from './publish-input.ts'

const input = (given: string, options: Readonly<Record<string, string>> = {}, stdinIsTTY = false) =>
  publishInput({ stdinIsTTY }, [given], options)
const refusal = (...given: Parameters<typeof input>): unknown => {
  try {
    return input(...given)
  } catch (error) {
    return error
  }
}
const refused = (where: string, words: string): unknown =>
  expect.objectContaining({ where, message: expect.stringContaining(words), exitCode: 2 })

const here = testWorld({ cwd: '/home/me/web' }).world

describe('what is published', () => {
  it('is a folder, and an API where one is given', async () => {
    const folders = await foldersOf(input('dist', { api: '../api' }), '/incoming', here)
    expect(folders).toEqual({ web: '/home/me/web/dist', api: '/home/me/api' })
  })

  it('is a tar as a whole, or two folders of it', () => {
    expect(input('-')).toEqual({ isTar: true, web: undefined, api: undefined })
    expect(input('-', { web: 'dist', api: 'api' })).toEqual({ isTar: true, web: 'dist', api: 'api' })
  })
})

describe('refused in words, with exit 2, is', () => {
  it.each<[string, Parameters<typeof input>, string, string]>([
    ['a terminal in place of a tar', ['-', {}, true], 'publish', 'standard input is a terminal'],
    ['a folder of a tar where there is none', ['dist', { web: 'dist' }], '--web', 'names a folder of a tar'],
    ['a tar whose web may be anything', ['-', { api: 'api' }], '--web', 'must name the folder of the web'],
    ['a folder above the tar', ['-', { web: 'dist', api: 'api/../..' }], '--api', 'must be a folder of the tar'],
    ['a folder beside the tar', ['-', { web: '/srv/dist' }], '--web', 'must be a folder of the tar'],
  ])('%s', (_, given, where, words) => {
    expect(refusal(...given)).toEqual(refused(where, words))
  })
})

describe('a folder of a tar', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-tar-'))
    await writeFiles(folder, { 'web/dist/index.html': 'content', 'secrets/index.html': 'secret' })
    await symlink('dist', join(folder, 'web', 'same'))
    await symlink('..', join(folder, 'web', 'above'))
    await symlink(join(folder, 'secrets'), join(folder, 'web', 'out'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const foldersIn = (web: string, api?: string) => {
    const child = spawn('tar', ['-C', join(folder, 'web'), '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const incoming = join(folder, 'incoming')
    return foldersOf({ isTar: true, web, api }, incoming, { ...here, stdin: child.stdout.pipe(new PassThrough()) })
  }

  it('may be a link to another one', async () => {
    expect(await foldersIn('same')).toEqual({ web: join(folder, 'incoming', 'same') })
  })

  it.each([
    ['a link out of it', 'out', undefined, '--web'],
    ['behind a link out of it', 'above/secrets', undefined, '--web'],
    ['a link to all that lies about it', 'dist', 'above', '--api'],
  ])('is refused where it is %s', async (_, web, api, where) => {
    await expect(foldersIn(web, api)).rejects.toEqual(refused(where, 'is a link out of it'))
  })
})

describe('what was in a tar', () => {
  let incoming = ''
  beforeEach(async () => {
    incoming = await mkdtemp(join(tmpdir(), 'edge-incoming-'))
  })
  afterEach(() => rm(incoming, { recursive: true }))
  const holds = async (...names: readonly string[]): Promise<void> => {
    await writeFiles(incoming, Object.fromEntries(names.map((name) => [name, 'content'])))
    await refuseFolderAround(incoming)
  }

  it.each([
    ['dist', ['dist/index.html', 'dist/app.js']],
    ['web/dist', ['web/dist/index.html']],
  ])('is refused where it is the folder %s, with the command that was meant', async (folder, names) => {
    await expect(holds(...names)).rejects.toThrow(
      expect.objectContaining({
        message: `the archive holds the folder ${folder}, and the site is what is in it`,
        hints: [`tar -C ${folder} -c . | edge publish -`],
        exitCode: 2,
      }),
    )
  })

  it.each([
    ['a page', ['index.html', 'dist/index.html']],
    ['more than a folder', ['dist/index.html', 'api/server.js']],
    ['nothing of a site', ['readme.txt']],
  ])('is looked at further where it is %s', async (_, names) => {
    await expect(holds(...names)).resolves.toBeUndefined()
  })
})
