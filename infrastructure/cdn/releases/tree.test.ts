import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, constantFrom, dictionary, property, string } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytes } from '../../../src/core/units.ts'
import { testWorld } from '../../../test/world.ts'
import { writeFiles } from '../../../test/write-files.ts'
import { fingerprintOf, leftOutOf, readTree, usualLimits } from './tree.ts'

const { world } = testWorld()
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-tree-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = (name: string, content = 'content'): Promise<void> => writeFiles(folder, { [name]: content })

describe('a folder that cannot be published is refused in words', () => {
  const refusal = (limits = usualLimits): Promise<string> =>
    readTree(folder, limits).then(
      () => 'accepted',
      (error: Error) => error.message,
    )

  it('that is not there', async () => {
    const gone = { message: expect.stringContaining('dist is not there'), exitCode: 2 }
    await expect(readTree(join(folder, 'dist'))).rejects.toThrow(expect.objectContaining(gone))
  })

  it('that is a file', async () => {
    await write('index.html')
    await expect(readTree(join(folder, 'index.html'))).rejects.toThrow('cannot be read (ENOTDIR)')
  })

  it('that is empty', async () => {
    expect(await refusal()).toContain('is empty')
  })

  it('that has no page', async () => {
    await write('app.js')
    expect(await refusal()).toContain('has no index.html')
  })

  it('whose page is empty', async () => {
    await write('index.html', '')
    expect(await refusal()).toContain('index.html is empty')
  })

  it('with a link, out of it or not', async () => {
    await write('index.html')
    await symlink('/etc/passwd', join(folder, 'passwd.txt'))
    expect(await refusal()).toBe('passwd.txt is a symbolic link')
  })

  it('with the configuration of edge, as where the folder of the app is named', async () => {
    await write('index.html')
    await write('production.config.ts')
    const what = 'production.config.ts is a configuration of edge, and every visitor could read it'
    expect(await refusal()).toBe(what)
  })

  it('with a line break in a name', async () => {
    await write('index.html')
    await write('a\nb.js')
    expect(await refusal()).toBe('"a\\nb.js" has a control character in its name')
  })

  it('with a delete character in a name, which no header takes', async () => {
    await write('index.html')
    await write('a\u007fb.js')
    expect(await refusal()).toContain('b.js" has a control character in its name')
  })

  it('with a name that is not UTF-8', async () => {
    await write('index.html')
    await writeFile(Buffer.concat([Buffer.from(`${folder}/a`), Buffer.from([0xff]), Buffer.from('.js')]), 'content')
    expect(await refusal()).toContain('has a name that is not UTF-8')
  })

  it('with a name to which nothing can be added', async () => {
    await write('index.html')
    await write(`${'a'.repeat(250)}.js`)
    expect(await refusal()).toContain('has a name of more than 252 bytes')
  })

  it('with a file that is larger than the configuration allows', async () => {
    await write('index.html')
    await write('film.mp4')
    await truncate(join(folder, 'film.mp4'), 200 * 1024 * 1024)
    expect(await refusal()).toBe('film.mp4 is larger than 100 MB (200 MB)')
  })

  it('with more files than the configuration allows', async () => {
    await write('index.html')
    await write('app.js')
    expect(await refusal({ ...usualLimits, mostFiles: 1 })).toContain('has 2 files, more than 1')
  })
})

describe('a folder', () => {
  it('may have an empty file, and hidden ones, which stay behind', async () => {
    await write('index.html')
    await write('empty.txt', '')
    await write('.env')
    await write('.git/config')
    await write('.well-known/security.txt')
    const tree = await readTree(folder)
    expect([...tree.keys()]).toEqual(['.well-known/security.txt', 'empty.txt', 'index.html'])
    expect(leftOutOf(tree)).toBe('; 2 names that begin with a dot are left out')
  })

  it('without hidden files is told without a word about them', async () => {
    await write('index.html')
    expect(leftOutOf(await readTree(folder))).toBe('')
  })

  it('of 20,000 files is read', { timeout: 60_000 }, async () => {
    await write('index.html')
    await mkdir(join(folder, 'pages'))
    const made = await world.run(['sh', '-c', 'seq -f %g.html 20000 | xargs touch'], { cwd: join(folder, 'pages') })
    expect(made.code).toBe(0)
    expect((await readTree(folder, { ...usualLimits, largestFile: bytes('1 MB') })).size).toBe(20_001)
  })
})

it('two trees have one fingerprint exactly when they have the same files', () => {
  const files = dictionary(string({ minLength: 1 }), constantFrom('a1', 'b2'), { maxKeys: 4 })
  const treeOf = (entries: Readonly<Record<string, string>>) =>
    new Map(
      Object.keys(entries)
        .toSorted()
        .map((name) => [name, { size: 1, hash: entries[name] ?? '' }]),
    )
  const text = (entries: Readonly<Record<string, string>>): string => JSON.stringify(Object.entries(entries).toSorted())
  assert(
    property(files, files, (one, other) => {
      expect(fingerprintOf(treeOf(one)) === fingerprintOf(treeOf(other))).toBe(text(one) === text(other))
    }),
  )
})
