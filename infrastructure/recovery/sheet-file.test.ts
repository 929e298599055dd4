import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sheetFile } from './sheet-file.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-sheet-'))
  file = join(folder, 'sheet')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = async (text: string): Promise<void> => {
  const opened = await sheetFile(file)
  await opened.write(text).finally(opened.end)
}

it.each([undefined, 'the only sheet'])(
  'has the whole text, for its owner alone, where there was %j',
  async (before) => {
    if (before !== undefined) await writeFile(file, before, { mode: 0o644 })
    await write('a newer one')
    expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777]).toEqual(['a newer one', 0o600])
    expect(await readdir(folder)).toEqual(['sheet'])
  },
)

it('is neither made nor changed where nothing came to be written', async () => {
  await (await sheetFile(file)).end()
  expect(await readdir(folder)).toEqual([])
  await writeFile(file, 'the only sheet')
  await (await sheetFile(file)).end()
  expect(await readFile(file, 'utf8')).toBe('the only sheet')
})

it('is as it was where whoever wrote it was killed in the middle', async () => {
  await writeFile(file, 'the only sheet')
  const program = join(import.meta.dirname, 'write-sheet.ts')
  const { status, stderr } = spawnSync(process.execPath, [program, file], { input: '{"text":"hal', encoding: 'utf8' })
  expect([status, stderr]).toEqual([1, expect.stringContaining('JSON')])
  expect([await readFile(file, 'utf8'), await readdir(folder)]).toEqual(['the only sheet', ['sheet']])
})

it('says why it could not be written', async () => {
  const opened = await sheetFile(file)
  await rm(folder, { recursive: true })
  await expect(opened.write('late').finally(opened.end)).rejects.toThrow(/sheet could not be written: ENOENT/)
})

it('is refused where it is a link, or a folder: nothing else than a file gives way', async () => {
  const other = join(folder, 'other')
  await writeFile(other, 'somebody else wants it overwritten')
  await symlink(other, file)
  await expect(sheetFile(file)).rejects.toMatchObject({ message: `${file} is a link`, exitCode: 2 })
  await rm(file)
  await mkdir(file)
  await expect(sheetFile(file)).rejects.toMatchObject({ message: `${file} is no file`, exitCode: 2 })
})
