import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explained } from '../../src/engines/refusal.ts'
import { restic } from '../../src/engines/restic.ts'
import { requireSftpFiles } from '../../src/engines/sftp.ts'
import type { Command, RunOptions } from '../../src/core/world.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { backupPaths } from './paths.ts'
import { readSheet, sheetOf, sheetText } from './recovery-sheet.ts'
import { backupSettings } from './settings.ts'

const secondFiles = 'sftp://backup@files.example.com:2022/srv/my-app'

let folder: string
let sftp: { readonly keyFile: string; readonly knownHosts: string }
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-sftp-'))
  sftp = { keyFile: join(folder, 'key'), knownHosts: join(folder, 'known-hosts') }
  await writeFile(sftp.keyFile, 'what opens it', { mode: 0o600 })
  await writeFile(sftp.knownHosts, 'a host key')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const paths = () => backupPaths(exampleInstance, backupSettings.parse({ secondFiles, sftp }))

describe('a second place for the files over SFTP', () => {
  it.each([
    [{ secondFiles }, /must name the key and the host keys of backup.secondFiles/],
    [{ sftp: { keyFile: '/etc/edge/key', knownHosts: '/etc/edge/hosts' } }, /is of a backup.secondFiles/],
    [{ secondFiles: 'sftp://files.example.com/srv' }, /must be sftp:\/\/USER@HOST\/FOLDER/],
    [{ secondFiles: 'sftp://-oProxyCommand=x@files.example.com/srv' }, /must be sftp:\/\/USER@HOST\/FOLDER/],
    [{ secondFiles: 'sftp://backup@-oProxyCommand/srv' }, /must be sftp:\/\/USER@HOST\/FOLDER/],
    [{ secondFiles: '/mnt/backup' }, /must be sftp:\/\/USER@HOST\/FOLDER/],
  ])('configured as %j is refused with %s', (given, says) => {
    expect(backupSettings.safeParse(given).error?.message).toMatch(says)
  })

  it('is reached by its own key alone, from a server with a known key, and the database stays where it was', async () => {
    const ran: (readonly [Command, RunOptions | undefined])[] = []
    const run = async (command: Command, options?: RunOptions) => {
      ran.push([command, options])
      return { code: 0, stdout: '', stderr: '', timedOut: false }
    }
    const { files, database } = paths()
    await restic({ run }, files[1], ['copy', '--tag', 'files'], { from: files[0] })
    const [[command, options] = [['']]] = ran
    const [, , where] = command
    expect(where).toBe('sftp://backup@files.example.com:2022//srv/my-app/files')
    const ssh = command.find((word) => word.startsWith('sftp.command=')) ?? ''
    for (const word of ['-F none', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${sftp.knownHosts}`])
      expect(ssh).toContain(word)
    expect(ssh).toMatch(new RegExp(`-i ${sftp.keyFile} -p 2022 backup@files.example.com -s sftp$`))
    expect(command.slice(-5)).toEqual(['copy', '--from-repo', files[0].path, '--tag', 'files'])
    expect(options?.env).toMatchObject({ RESTIC_PASSWORD: files[1].key, RESTIC_FROM_PASSWORD: files[0].key })
    expect(database.repositories[1]).toBe(join(exampleInstance.state, 'backup', 'second', 'database'))
  })

  it('is on the recovery sheet, without its key', () => {
    const about = {
      instance: 'my-app',
      madeAt: '2026-11-29T06:00:00.000Z',
      edge: '0.2.0',
      programs: {},
      secrets: exampleInstance.secrets,
      configuration: { file: '/srv/my-app/production.config.ts', text: '' },
    }
    const text = sheetText(sheetOf({ paths: paths(), state: exampleInstance.state }, about))
    expect(text).not.toContain('what opens it')
    expect(text).toContain(`; its files: ${secondFiles}`)
    expect(text).toContain('where it says (backup.sftp)')
    expect(text).toContain(
      `restic --repo sftp://backup@files.example.com:2022//srv/my-app/files -o 'sftp.command=ssh -F none`,
    )
    expect(readSheet(text, 'sheet')).toMatchObject({ secondFiles, sftp })
  })
})

it('refuses a key that is missing or that others may read, and a list of host keys that is empty', async () => {
  await expect(requireSftpFiles(sftp)).resolves.toBeUndefined()
  await chmod(sftp.keyFile, 0o640)
  await expect(requireSftpFiles(sftp)).rejects.toThrow('can be read by others')
  await chmod(sftp.keyFile, 0o600)
  await expect(requireSftpFiles({ ...sftp, keyFile: join(folder, 'none') })).rejects.toThrow('no such file')
  const empty = join(folder, 'empty')
  await writeFile(empty, '')
  await expect(requireSftpFiles({ ...sftp, knownHosts: empty })).rejects.toThrow('is empty')
})

it.each([
  ['subprocess ssh: Host key verification failed.', 'another one than its known host keys say'],
  ['subprocess ssh: backup@files: Permission denied (publickey).', 'refuses the key'],
  ['subprocess ssh: ssh: connect to host files port 22: Connection refused', 'the SFTP server does not answer'],
])('says of "%s" what it means', (said, meaning) => {
  expect(explained(said, said)).toContain(meaning)
})
