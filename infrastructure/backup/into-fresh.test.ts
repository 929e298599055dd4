import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { intoFresh } from './into-fresh.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-into-'))
})
afterEach(() => rm(folder, { recursive: true }))

const { world } = testWorld()
const fill = (name: string) => intoFresh(folder, world, () => writeFile(join(folder, name), ''))

describe('a restore into a folder', () => {
  it('leaves what it brought, and nothing else', async () => {
    await fill('brought')
    expect(await readdir(folder)).toEqual(['brought'])
  })

  it('leaves a folder alone that holds something', async () => {
    await writeFile(join(folder, 'mine'), '')
    await expect(fill('brought')).rejects.toThrow('is not empty (1 entries)')
    expect(await readdir(folder)).toEqual(['mine'])
  })

  it('takes away what it brought where it does not come to its end', async () => {
    const failing = intoFresh(folder, world, async () => {
      await writeFile(join(folder, 'half'), '')
      throw new Error('no more')
    })
    await expect(failing).rejects.toThrow('no more')
    expect(await readdir(folder)).toEqual([])
  })

  it('takes away what a killed one left half done', async () => {
    let release: () => void = () => undefined
    const killed = intoFresh(folder, world, async () => {
      await mkdir(join(folder, 'half'))
      await new Promise<void>((resolve) => (release = resolve))
    }).catch(() => undefined)
    await expect.poll(() => readdir(folder)).toContain('half')
    await fill('brought')
    expect(await readdir(folder)).toEqual(['brought'])
    release()
    await killed
  })
})
