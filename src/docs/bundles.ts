import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '../core/room.ts'
import { bundled } from '../targets/aws/bundle.ts'

/** Functions of AWS that are made of more than one file, as the stacks carry them. */
export function bundles(project: string): Promise<readonly Page[]> {
  const files = globSync('{infrastructure/*,src/targets}/aws/functions/*.ts', { cwd: project })
  return Promise.all(
    files.toSorted().map(async (file) => ({
      path: file.replace('/functions/', '/bundled/').replace(/ts$/, 'cjs'),
      content: await bundled(join(project, file)),
    })),
  )
}
