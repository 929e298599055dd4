import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { foldersThere } from './folders-there.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-there-'))
})
afterEach(() => rm(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)

it('are those that are folders', async () => {
  await mkdir(at('uploads'))
  await writeFile(at('site'), '')
  expect(await foldersThere([at('uploads'), at('site'), at('api')])).toEqual([at('uploads')])
})

it('are refused where one is a link, wherever it leads: a backup would hold nothing of what lies there', async () => {
  await mkdir(at('large'))
  for (const [name, to] of [
    ['uploads', at('large')],
    ['site', at('nowhere')],
  ] as const) {
    await symlink(to, at(name))
    await expect(foldersThere([at(name)])).rejects.toThrow(`${at(name)} is a link to ${to}`)
  }
})
