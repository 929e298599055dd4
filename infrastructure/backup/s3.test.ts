import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { pgbackrestConfiguration } from '../../src/engines/pgbackrest.ts'
import { restic } from '../../src/engines/restic.ts'
import { placeOf, readCredentials } from '../../src/engines/s3.ts'
import type { Command, RunOptions } from '../../src/core/world.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { isHere } from './read-back.ts'
import { backupPaths } from './paths.ts'
import { backupSettings } from './settings.ts'

const secondRepository = 'https://s3.example.com:9000/backups/my-app'
const credentialsFile = '/etc/edge/s3-credentials'
const paths = backupPaths(
  exampleInstance,
  backupSettings.parse({
    secondRepository,
    s3: { credentialsFile, region: 'eu-central-1', ca: '/etc/edge/s3-ca.crt' },
  }),
)

describe('a second repository in S3', () => {
  it.each([
    [{ secondRepository: 'http://s3.example.com/backups/my-app', s3: { credentialsFile } }, /https:\/\/: without TLS/],
    [{ secondRepository: 's3://backups/my-app' }, /must be https:\/\/HOST\/BUCKET\/FOLDER/],
    [{ secondRepository: 'https://s3.example.com/backups', s3: { credentialsFile } }, /HOST\/BUCKET\/FOLDER/],
    [{ secondRepository }, /must name a file with the credentials of backup.secondRepository/],
    [{ s3: { credentialsFile } }, /is of a backup.secondRepository in S3/],
    [{ repository: secondRepository, s3: { credentialsFile } }, /must be a whole path/],
  ])('configured as %j is refused with %s', (given, says) => {
    expect(backupSettings.safeParse(given).error?.message).toMatch(says)
  })

  it('is where its address says, and pgBackRest has its credentials from its own file alone', async () => {
    expect(placeOf(secondRepository)).toEqual({
      host: 's3.example.com',
      port: 9000,
      bucket: 'backups',
      folder: '/my-app',
    })
    const credentials = { id: 'its-id', secret: 'its-secret' }
    await expect(pgbackrestConfiguration(paths.database, paths.files[0].key, credentials)).toMatchFileSnapshot(
      'golden/pgbackrest-s3.conf',
    )
  })

  it('is told to restic without a credential among its words, nor in its environment', async () => {
    const ran: (readonly [Command, RunOptions | undefined])[] = []
    const run = async (command: Command, options?: RunOptions) => {
      ran.push([command, options])
      return { code: 0, stdout: '', stderr: '', timedOut: false }
    }
    await restic({ run }, paths.files[1], ['snapshots'])
    const [[command, options] = [['']]] = ran
    expect(command.join(' ')).toContain(`--repo s3:${secondRepository}/files`)
    expect(command.join(' ')).toContain('--cacert /etc/edge/s3-ca.crt')
    expect(options?.env).toMatchObject({
      AWS_SHARED_CREDENTIALS_FILE: credentialsFile,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    })
  })
})

describe('the file with its credentials', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-credentials-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const written = async (text: string, mode = 0o600) => {
    const file = join(folder, 'credentials')
    await writeFile(file, text)
    await chmod(file, mode)
    return readCredentials({ credentialsFile: file, region: 'us-east-1' })
  }
  const [id, secret] = ['aws_access_key_id = one', 'aws_secret_access_key=two']

  it('is read as AWS writes it', async () => {
    await expect(written(`[default]\n${id}\n${secret}\n`)).resolves.toEqual({ id: 'one', secret: 'two' })
    await expect(written(`[other]\naws_access_key_id=x\n[default]\n${id}\n${secret}`)).resolves.toEqual({
      id: 'one',
      secret: 'two',
    })
  })

  it('is refused with what is wrong about it', async () => {
    await expect(written(`[default]\n${id}\n${secret}\n`, 0o640)).rejects.toThrow('can be read by others')
    await expect(written(`[other]\n${id}\n${secret}\n`)).rejects.toThrow('has no credentials')
    await expect(written(`[default]\n${id}\n`)).rejects.toThrow('has no credentials')
    await expect(readCredentials({ credentialsFile: join(folder, 'none'), region: '' })).rejects.toThrow('is not there')
  })
})

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['192.0.2.1', true],
  ['192.0.2.2', false],
])('of %s it is known whether it is an address of this machine: %s', (address, here) => {
  expect(isHere(address, ['192.0.2.1'])).toBe(here)
})
