import { globSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { loadConfiguration } from '../config/load.ts'
import { bundles } from './bundles.ts'
import { between, pages } from './pages.ts'

const project = resolve(import.meta.dirname, '../..')
const rendered = [...(await pages(project)), ...(await bundles(project))]
/** Every page of the project, rendered or not. */
const allPages = globSync('{*,app/**/*,docs/**/*,infrastructure/*/*}.md', { cwd: project }).toSorted()

/** What is wrong with a link from a page: its file is not there, or has no heading of that name. */
async function wrongLink(page: string, link: string): Promise<string | undefined> {
  const [path = '', place] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  const text = await readFile(join(project, target), 'utf8').catch(() => undefined)
  if (text === undefined) return `${page}: ${link} is not there`
  if (place === undefined) return undefined
  const places = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
  return places.includes(place) ? undefined : `${page}: ${link}: ${target} has no such heading`
}

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

  it('links to pages and places that are there', async () => {
    const links = await Promise.all(
      allPages.map(async (page) => {
        const text = await readFile(join(project, page), 'utf8')
        return [...text.matchAll(/]\(([^)\s]+)\)/g)].flatMap(([, link = '']) =>
          link.includes(':') ? [] : [{ page, link }],
        )
      }),
    )
    expect(links.flat().length).toBeGreaterThan(80)
    const problems = await Promise.all(links.flat().map(({ page, link }) => wrongLink(page, link)))
    expect(problems.filter((problem) => problem !== undefined)).toEqual([])
  })

  it('cites reports that are there', async () => {
    const reports = new Set(
      (await readdir(join(project, 'docs/reports/'), { recursive: true })).map((path) => basename(path)),
    )
    const cited = await Promise.all(
      allPages.map(async (page) => {
        const paragraphs = (await readFile(join(project, page), 'utf8')).split(/\n\s*\n|\n(?=\|)/)
        return paragraphs
          .filter((text) => text.includes('docs/reports'))
          .flatMap((text) => [...text.matchAll(/`(?:docs\/reports\/)?([\w./-]+\.json)`/g)])
          .map(([, file = '']) => ({ page, file: basename(file) }))
      }),
    )
    expect(cited.flat().length).toBeGreaterThan(3)
    expect(cited.flat().filter(({ file }) => !reports.has(file))).toEqual([])
  })

  it('begins with a README of a page', async () => {
    const readme = await readFile(join(project, 'README.md'), 'utf8')
    expect(readme.split(/\s+/).length).toBeLessThan(1100)
  })
})
