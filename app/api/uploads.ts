import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Where uploaded files are kept. An implementation for another store (S3) has the same. */
export type Uploads = {
  /** Replaces the account's avatar; when it resolves, the file survives a power cut. */
  readonly saveAvatar: (account: string, image: Uint8Array) => Promise<void>
  readonly readAvatar: (account: string) => Promise<Buffer | undefined>
  readonly hasAvatar: (account: string) => Promise<boolean>
  /** Rejects when nothing could be saved now. */
  readonly check: () => Promise<void>
}

/** Keeps them in a directory: `avatars/ACCOUNT`. The account must be one that exists, so its name is a safe file name. */
export function uploadsIn(directory: string): Uploads {
  const avatars = join(directory, 'avatars')
  return {
    saveAvatar: async (account, image) => {
      await mkdir(avatars, { recursive: true, mode: 0o700 })
      await writeWhole(avatars, account, image)
    },
    readAvatar: (account) => readFile(join(avatars, account)).catch(orUndefined),
    hasAvatar: async (account) => (await stat(join(avatars, account)).catch(orUndefined)) !== undefined,
    check: () => access(directory, constants.R_OK | constants.W_OK | constants.X_OK),
  }
}

function orUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

/** Aside, synced, renamed, the folder synced: a crash leaves the old file or the new one, never half of one. */
async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const aside = join(folder, `.${name}.${randomUUID()}`)
  try {
    const file = await open(aside, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, join(folder, name))
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
  const opened = await open(folder)
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}
