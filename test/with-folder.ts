import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for each use: CDK, for one, leaves what an earlier use wrote in place, and it would be read again. */
export async function withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-folder-'))
  return use(folder).finally(() => rm(folder, { recursive: true, force: true }))
}
