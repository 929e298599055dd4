import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireAbove } from './above.ts'
import { backupSettings } from './settings.ts'

let disk: string
beforeAll(async () => {
  disk = await mkdtemp(join(tmpdir(), 'edge-above-'))
})
afterAll(() => rm(disk, { recursive: true, force: true }))

const state = '/var/lib/edge/example'
const given = (settings: object) => requireAbove({ state, settings: backupSettings.parse(settings) })

test.each(['repository', 'secondRepository'])(
  'a %s below a folder that is not there is refused, with its place and what to do',
  async (field) => {
    const folder = join(disk, 'not-mounted', 'backup')
    await expect(given({ [field]: folder })).rejects.toMatchObject({
      where: `backup.${field}`,
      message: expect.stringContaining(folder),
      hints: [expect.stringContaining('mount the disk')],
    })
  },
)

test('a repository on a disk that is there is not refused, nor one below the state directory', async () => {
  const both = { repository: join(disk, 'backup'), secondRepository: `${state}/not/there/yet` }
  await expect(given(both)).resolves.toBeUndefined()
})
