import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFor, requirePlain, requireWritable } from './fresh-folder.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-fresh-'))
})
afterAll(() => rm(folder, { recursive: true }))

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
/** Only root may give something away. */
const other = own.uid === 0 ? { uid: 65_534, gid: 65_534 } : own

describe('the folder of a restore', () => {
  it("is made for the engines' user, who alone may enter it", async () => {
    const into = join(folder, 'srv', 'restored')
    await makeFor(into, other)
    expect(await stat(into)).toMatchObject({ ...other, mode: 0o40700 })
    expect(await stat(join(folder, 'srv'))).toMatchObject(own)
  })

  it('keeps its owner where it is there', async () => {
    await makeFor(folder, other)
    expect(await stat(folder)).toMatchObject(own)
  })

  it.each(["/srv/it's", '/srv/$(id)', '/srv/two words'])(
    'is refused where a server cannot be started in it: %s',
    (path) => {
      expect(() => requirePlain(path, '--into')).toThrow('in it, and a server is started there')
      expect(() => requirePlain('/srv/restored', '--into')).not.toThrow()
    },
  )

  it('is refused with the command that makes it, where it cannot be written', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(requireWritable(join(file, 'restored'))).rejects.toMatchObject({
      where: '--into',
      hints: [expect.stringMatching(/^sudo install -d -o \S+ -m 700 .*restored$/)],
    })
  })
})
