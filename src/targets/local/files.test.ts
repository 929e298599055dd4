import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withFolder } from '../../../test/with-folder.ts'
import { filesBelow, syncFileSystem } from './files.ts'

const ended = (code: number | null, timedOut = false) => ({
  run: async () => ({ code, stdout: '', stderr: 'sync: error syncing: Input/output error', timedOut }),
})

it('goes on where everything is on the disk', async () => {
  await expect(syncFileSystem('/srv/site', ended(0))).resolves.toBeUndefined()
})

it('says that what looks written may be lost', async () => {
  const failing = syncFileSystem('/srv/site', ended(1))
  await expect(failing).rejects.toThrow('cannot be written to the disk: sync: error syncing')
})

it('says that the disk takes too long', async () => {
  await expect(syncFileSystem('/srv/site', ended(null, true))).rejects.toThrow('not within 10 minutes')
})

it('finds what lies below a folder while other folders below it come and go', () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, 'deep', 'er'), { recursive: true })
    for (const name of ['one', 'deep/er/two']) await writeFile(join(folder, name), '')
    await symlink('deep', join(folder, 'link'))
    const over = new AbortController()
    const flicker = async (name: string): Promise<void> => {
      for (const path = join(folder, name); !over.signal.aborted; await rm(path, { recursive: true }))
        await mkdir(join(path, 'below', 'it'), { recursive: true })
    }
    const flickering = ['a', 'b', 'c', 'd'].map(flicker)
    try {
      for (let times = 0; times < 300; times += 1)
        expect((await filesBelow(folder)).toSorted()).toEqual(['deep/er/two', 'one'])
    } finally {
      over.abort()
      await Promise.all(flickering)
    }
    await expect(filesBelow(join(folder, 'none'))).rejects.toThrow('ENOENT')
  }))
