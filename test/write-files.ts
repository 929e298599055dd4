import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Names, which may lead through folders, and what is in each file. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** Writes files below a folder, and the folders that they are in. */
export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}
