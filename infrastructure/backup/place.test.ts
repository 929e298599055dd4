import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { withFolder } from '../../test/with-folder.ts'
import { backupPaths } from './paths.ts'
import { testWorld } from '../../test/world.ts'
import { areMarked, markPlaces, requirePlaces } from './place.ts'
import { backupSettings } from './settings.ts'

const { world } = testWorld()

const made = async (folder: string) => {
  const [state, mount] = [join(folder, 'state'), join(folder, 'mount')]
  const settings = backupSettings.parse({ secondRepository: mount })
  const backups = { state, paths: backupPaths({ ...exampleInstance, state }, settings) }
  await mkdir(join(state, 'backup', 'repository'), { recursive: true })
  await mkdir(mount)
  return { backups, mount, known: join(state, 'backup', 'places', mount.slice(1).replaceAll('/', '-')) }
}

test('takes a folder that was never a repository, and knows it again', () =>
  withFolder(async (folder) => {
    const { backups } = await made(folder)
    await requirePlaces(backups, world)
    expect(await areMarked(backups, world)).toBe(false)
    await markPlaces(backups, world)
    expect(await areMarked(backups, world)).toBe(true)
    await requirePlaces(backups, world)
  }))

test('refuses the empty place of a repository whose disk is not mounted, and takes it when that is mounted again', () =>
  withFolder(async (folder) => {
    const { backups, mount } = await made(folder)
    await markPlaces(backups, world)
    await rename(mount, `${mount}.disk`)
    await mkdir(mount)
    await expect(requirePlaces(backups, world)).rejects.toThrow(/which is not there now: is its disk mounted\?/)
    await rm(mount, { recursive: true })
    await rename(`${mount}.disk`, mount)
    await requirePlaces(backups, world)
  }))

test('refuses another repository in the place of a known one, until it is told that the known one is lost', () =>
  withFolder(async (folder) => {
    const { backups, mount, known } = await made(folder)
    await markPlaces(backups, world)
    await writeFile(join(mount, 'edge-repository'), 'another\n')
    await expect(requirePlaces(backups, world)).rejects.toThrow('is not the one that is there now')
    await rm(known)
    await requirePlaces(backups, world)
    await markPlaces(backups, world)
    expect(await areMarked(backups, world)).toBe(true)
  }))
