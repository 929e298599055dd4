/** Writes the pages that are rendered from code, and the functions that stacks carry: `node src/docs/render.ts`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Page } from '../core/room.ts'
import { bundles } from './bundles.ts'

const project = resolve(import.meta.dirname, '../..')
async function write(all: readonly Page[]): Promise<void> {
  for (const { path, content } of all) {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), content)
    console.log(path)
  }
}

await write(await bundles(project))
// Stacks read the functions when they are loaded, and a page is rendered from the stacks.
const { pages } = await import('./pages.ts')
await write(await pages(project))
