import { expect, it } from 'vitest'
import { syncFileSystem } from './files.ts'

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
