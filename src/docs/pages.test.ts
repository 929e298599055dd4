import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { loadConfiguration } from '../config/load.ts'
import { between, pages } from './pages.ts'

const project = resolve(import.meta.dirname, '../..')
const rendered = await pages(project)

describe('the documentation', () => {
  it.each(rendered.map((page) => [page.path, page] as const))(
    '%s is what the code says (node src/docs/render.ts writes it)',
    async (path, { content }) => {
      expect(await readFile(join(project, path), 'utf8')).toBe(content)
    },
  )

  it('keeps what stands around a rendered part', () => {
    const page = 'before\n<!-- x: rendered by src/docs/render.ts -->\nold\n<!-- /x -->\nafter\n'
    const expected = 'before\n<!-- x: rendered by src/docs/render.ts -->\n\nnew\n\n<!-- /x -->\nafter\n'
    expect(between(page, 'x', 'new')).toBe(expected)
    expect(between(expected, 'x', 'new')).toBe(expected)
  })

  it('refuses a page without the markers', () => {
    expect(() => between('no markers', 'x', 'new')).toThrow('has no markers')
  })

  it('shows a configuration that is read without a mistake', async () => {
    const readme = await readFile(join(project, 'README.md'), 'utf8')
    const example = /<!-- the example is loaded by a test -->\n```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
    const folder = await mkdtemp(join(tmpdir(), 'edge-readme-'))
    try {
      const file = join(folder, 'production.config.ts')
      await writeFile(file, example)
      const { configuration } = await loadConfiguration(testWorld().world, project, file)
      expect(configuration).toMatchObject({ name: 'my-app', directory: folder })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('links to pages that are there', async () => {
    const readme = await readFile(join(project, 'README.md'), 'utf8')
    const links = [...readme.matchAll(/]\(([^):#]+)\)/g)].flatMap(([, link]) => link ?? [])
    expect(links.length).toBeGreaterThan(5)
    await expect(Promise.all(links.map((link) => readFile(join(project, link))))).resolves.toBeDefined()
  })
})
