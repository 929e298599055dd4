import { spawnSync } from 'node:child_process'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { withFolder } from '../../test/with-folder.ts'
import { isDeployed } from './deployed.ts'
import { archiveParameters, backupPaths, tracesOf } from './paths.ts'
import { backupSettings } from './settings.ts'

const settings = backupSettings.parse({})

test('keeps nothing back where backups were never deployed, and every segment where anything of them is left', () =>
  withFolder(async (state) => {
    const instance = { ...exampleInstance, state }
    const backups = { state, paths: backupPaths(instance, settings) }
    const command = String(archiveParameters(instance, settings)['archive_command'])
    // There is no repository, so whoever asks pgBackRest is refused.
    const cwd = join(state, 'data', 'pg1')
    await mkdir(cwd, { recursive: true })
    const code = () => spawnSync('sh', ['-c', command.replace('/usr/bin/pgbackrest', 'false')], { cwd }).status
    expect([code(), await isDeployed(backups)]).toEqual([0, false])
    for (const trace of tracesOf(state, backups.paths)) {
      await mkdir(dirname(trace), { recursive: true })
      await writeFile(trace, '')
      expect([code(), await isDeployed(backups)]).toEqual([1, true])
      spawnSync('rm', [trace])
    }
    // What a job of the agent leaves that failed, as there is nothing to back up into, does not count.
    await mkdir(join(state, 'backup', 'noted', 'own', 'failed'), { recursive: true })
    expect(code()).toBe(0)
  }))

test('archives nothing of data that was moved or copied, and says so, until its command is that of its new place', () =>
  withFolder(async (folder) => {
    const [old, moved] = [join(folder, 'old'), join(folder, 'moved')]
    const command = String(archiveParameters({ ...exampleInstance, state: old }, settings)['archive_command'])
    const ran = (state: string) => {
      const { status, stderr } = spawnSync('sh', ['-c', command.replace('/usr/bin/pgbackrest', 'true')], {
        cwd: join(state, 'data', 'pg1'),
        encoding: 'utf8',
      })
      return [status, stderr]
    }
    const says = [1, expect.stringContaining(`was moved from ${join(old, 'data')}: edge deploy`)]
    for (const state of [old, moved]) await mkdir(join(state, 'data', 'pg1'), { recursive: true })
    // What both places have, and what neither has.
    expect([ran(old), ran(moved)]).toEqual([[0, ''], says])
    await mkdir(join(old, 'backup'))
    await writeFile(join(old, 'backup', 'pgbackrest.conf'), '')
    expect([ran(old), ran(moved)]).toEqual([[0, ''], says])
    await rename(old, join(folder, 'gone'))
    expect(ran(moved)).toEqual(says)
    // The same place by another name.
    await symlink(join(folder, 'gone'), old)
    expect(ran(old)).toEqual([0, ''])
  }))
