import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFiles } from '../../../test/write-files.ts'
import { refuseUnfoundFiles, unfoundFile } from './page-files.ts'
import { readTree } from './tree.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pages-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const script = (path: string): string => `<!doctype html><script type="module" src="${path}"></script>`
const found = async (
  files: Readonly<Record<string, string>>,
  { hashedFolders = [], earlier = [] }: { hashedFolders?: readonly string[]; earlier?: readonly string[] } = {},
) => {
  await writeFiles(folder, files)
  const kept = { files: Object.fromEntries(earlier.map((name) => [name, 'a hash'])) }
  return unfoundFile({ folder, names: Object.keys(files), earlier: [kept], hashedFolders })
}

describe('a page that names a file which is not there', () => {
  it.each([
    ['index.html', script('/assets/index-ABCDEF12.js'), 'assets/index-ABCDEF12.js'],
    ['index.html', '<link rel=stylesheet href=/assets/index-ABCDEF12.css>', 'assets/index-ABCDEF12.css'],
    ['index.html', script('assets/index-ABCDEF12.js?v=1'), 'assets/index-ABCDEF12.js'],
    ['guide/page.html', script('../assets/index-ABCDEF12.js'), 'assets/index-ABCDEF12.js'],
    ['guide/page.html', `<base href="/app/">${script('index-ABCDEF12.js')}`, 'app/index-ABCDEF12.js'],
  ])('is found: %s with %s', async (page, html, file) => {
    expect(await found({ [page]: html })).toEqual({ page, file })
  })

  it('is found in a folder that the site says is hashed, whatever the name', async () => {
    const html = script('/_next/static/main.js')
    expect(await found({ 'index.html': html })).toBeUndefined()
    const file = '_next/static/main.js'
    expect(await found({ 'index.html': html }, { hashedFolders: ['_next/static'] })).toEqual({
      page: 'index.html',
      file,
    })
  })
})

it.each([
  ['a file beside it', script('/assets/index-ABCDEF12.js'), { 'assets/index-ABCDEF12.js': 'here' }, []],
  ['a file that is kept of an earlier release', script('/assets/index-ABCDEF12.js'), {}, ['assets/index-ABCDEF12.js']],
  ['a name that is written otherwise', script('/a%20b/index-ABCDEF12.js'), { 'a b/index-ABCDEF12.js': 'here' }, []],
  ['a name without a hash', script('/old.js'), {}, []],
  ['what lies elsewhere', script('https://cdn.example/index-ABCDEF12.js'), {}, []],
  ['what lies elsewhere by its base', `<base href="https://cdn.example/">${script('index-ABCDEF12.js')}`, {}, []],
  ['what the API answers', script('/api/index-ABCDEF12.js'), {}, []],
  ['an example in its text', '<pre>src="/assets/index-ABCDEF12.js"</pre>', {}, []],
  ['what a comment says', `<!-- ${script('/assets/index-ABCDEF12.js')} -->`, {}, []],
])('a page may name %s', async (_, html, beside, earlier) => {
  expect(await found({ 'index.html': html, ...beside }, { earlier })).toBeUndefined()
})

it('is refused with the page and the file', async () => {
  await writeFiles(folder, { 'index.html': script('/assets/index-ABCDEF12.js') })
  const refused = refuseUnfoundFiles({ folder, tree: await readTree(folder) }, [], { by: 'tester', hashedFolders: [] })
  await expect(refused).rejects.toMatchObject({
    where: 'publish',
    message: `index.html names /assets/index-ABCDEF12.js, which is neither in ${folder} nor kept of an earlier release`,
    hints: [expect.stringContaining('build it anew'), 'nothing was changed; what was live is live'],
  })
})
