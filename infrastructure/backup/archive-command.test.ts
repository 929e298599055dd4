import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
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
    const code = () => spawnSync('sh', ['-c', command.replace('/usr/bin/pgbackrest', 'false')]).status
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
