import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { loadConfiguration } from '../config/load.ts'
import { bundles } from './bundles.ts'
import { between, pages } from './pages.ts'

const project = resolve(import.meta.dirname, '../..')
const rendered = [...(await pages(project)), ...(await bundles(project))]

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

  it.each(['README.md', 'docs/your-app.md'])('shows a configuration without a mistake in %s', async (path) => {
    const page = await readFile(join(project, path), 'utf8')
    const example = /<!-- the example is loaded by a test -->\n```ts\n(.*?)```/s.exec(page)?.[1] ?? ''
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

  it.each(['README.md', 'docs/your-app.md', 'docs/aws.md'])('links in %s to pages that are there', async (path) => {
    const page = await readFile(join(project, path), 'utf8')
    const links = [...page.matchAll(/]\(([^):#]+)[^):]*\)/g)].flatMap(([, link]) => link ?? [])
    expect(links.length).toBeGreaterThan(1)
    const files = links.map((link) => readFile(join(project, dirname(path), link)))
    await expect(Promise.all(files)).resolves.toBeDefined()
  })

  it('begins with a README of a page', async () => {
    const readme = await readFile(join(project, 'README.md'), 'utf8')
    expect(readme.split(/\s+/).length).toBeLessThan(1100)
  })
})
