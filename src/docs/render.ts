/** Writes the pages that are rendered from code: `node src/docs/render.ts`. */
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pages } from './pages.ts'

const project = resolve(import.meta.dirname, '../..')
for (const { path, content } of await pages(project)) {
  await writeFile(join(project, path), content)
  console.log(path)
}
