import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { clientOf } from '../../test/emulator-client.ts'
import { FreshMachine } from '../../test/fresh-machine.ts'
import { project, TestInstance } from '../../test/instance.ts'
import { loseMachine } from '../../test/lost-machine.ts'
import { S3Server } from '../../test/s3-server.ts'
import { SftpServer } from '../../test/sftp-server.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { visited } from '../../test/visitor.ts'
import { addressesOf } from '../database/addresses.ts'
import { withoutClock } from './proofs/test-clock.ts'
import { flip, largestBelow } from './proofs/test-damage.ts'
import { brokenOf, folderFor, sqlOn } from './proofs/test-instance.ts'

let server: S3Server
let sftp: SftpServer
let instance: TestInstance
let on: Sabotaged
let folder: string
let credentialsFile: string
beforeAll(async () => {
  server = await S3Server.start()
  sftp = await SftpServer.start(server)
  const client = new S3Client({ ...clientOf(server.emulator.address), forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: 'backups' }))
  client.destroy()
  instance = await TestInstance.make()
  await instance.must('up', '--no-load-test')
  folder = await folderFor(instance, 'copies')
  credentialsFile = join(instance.folder, 's3-credentials')
  await writeFile(credentialsFile, '[default]\naws_access_key_id = test\naws_secret_access_key = test\n', {
    mode: 0o600,
  })
  const { uid, gid } = await stat(instance.state)
  await chown(credentialsFile, uid, gid)
  const s3 = `{ credentialsFile: '${credentialsFile}', ca: '${server.ca}' }`
  const backup = `  backup: { secondRepository: '${server.address}/backups/my-app', s3: ${s3} },`
  await writeFile(instance.file, (await readFile(instance.file, 'utf8')).replace(/^ {2}backup: .*$/m, backup))
  on = await hands(instance)
  const letter = join(instance.state, 'uploads', 'letter.txt')
  await on.run(['sh', '-c', 'mkdir -p "$(dirname "$0")"; printf %s "$1" > "$0"', letter, 'as it was'])
})
afterAll(async () => {
  await instance.remove()
  await sftp.stop()
  await server.stop()
})

const otherRegion = async () => {
  const seen = await instance.judgement('backup.otherRegion')
  return [seen?.verdict, seen?.because ?? '']
}
/** Where the servers have no address but this machine's, the copies share it, and nothing else would be true. */
const good = (): readonly unknown[] =>
  server.isElsewhere ? ['kept', ''] : ['notClaimed', expect.stringContaining('shares this machine')]

describe('the files over SFTP, beside a database in S3', () => {
  const key = (): string => join(instance.folder, 'sftp-key')
  const hostKeys = (): string => join(instance.folder, 'sftp-known-hosts')
  const give = async (from: string): Promise<void> => {
    const { uid, gid } = await stat(instance.state)
    await rm(key(), { force: true })
    await writeFile(key(), await readFile(from), { mode: 0o600 })
    await chown(key(), uid, gid)
  }
  /** They belong to whoever signs in there. */
  const filesOverSftp = async () => {
    const entries = await readdir(sftp.files, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }
  const deployed = () => instance.edge(['deploy', '--yes', 'backup'])

  beforeAll(async () => {
    await give(sftp.key)
    await writeFile(hostKeys(), await readFile(sftp.hostKeys))
    const files = `secondFiles: '${sftp.address}', sftp: { keyFile: '${key()}', knownHosts: '${hostKeys()}' }`
    await writeFile(
      instance.file,
      (await readFile(instance.file, 'utf8')).replace(/^( {2}backup: \{.*) \},$/m, `$1, ${files} },`),
    )
  })

  it('is refused where others may read the key', async () => {
    await chmod(key(), 0o644)
    const { code, stderr } = await deployed()
    expect([code, stderr]).toEqual([2, expect.stringMatching(/sftp-key can be read by others[^]*chmod 600/)])
    await chmod(key(), 0o600)
  })

  it('is refused where the server is another one than its known host key says, and gives it nothing', async () => {
    const { known } = await sftp.makeKey('another-host-key')
    await writeFile(hostKeys(), known)
    const { code, stderr } = await deployed()
    expect([code, stderr]).toEqual([1, expect.stringMatching(/another one than its known host keys say/)])
    expect(await readdir(sftp.files)).toEqual([])
    await writeFile(hostKeys(), await readFile(sftp.hostKeys))
  })

  it('is refused where the server does not take the key', async () => {
    const { path } = await sftp.makeKey('another-key')
    await give(path)
    const { code, stderr } = await deployed()
    expect([code, stderr]).toEqual([1, expect.stringMatching(/the SFTP server refuses the key/)])
    await give(sftp.key)
  })

  it('has the copies of all files that are kept, encrypted, and one of them is read back', async () => {
    await instance.must('up', '--no-load-test')
    await withoutClock(on)
    const [verdict, because] = await otherRegion()
    expect([verdict, because]).toEqual(good())
    const seen = await instance.judgement('backup.otherRegion')
    expect(JSON.stringify(seen).includes(`"filesOn":"${server.host}"`)).toBe(server.isElsewhere)
    const all = await Promise.all((await filesOverSftp()).map((path) => readFile(path, 'latin1')))
    expect(all.length).toBeGreaterThan(5)
    expect(all.filter((text) => text.includes('as it was'))).toEqual([])
    await instance.must('backup', 'verify')
    expect(await brokenOf(instance, 'backup')).toEqual([])
  })

  it('gives them back where the first repository is gone, also by the programs alone', async () => {
    const first = join(instance.state, 'backup', 'repository')
    await rename(first, `${first}.away`)
    try {
      await instance.must('restore', 'files', 'uploads', '--into', join(folder, 'over-sftp'), '--from', 'second')
    } finally {
      await rm(first, { recursive: true, force: true })
      await rename(`${first}.away`, first)
    }
    const letter = join(instance.state, 'uploads', 'letter.txt')
    expect(await readFile(join(folder, 'over-sftp', letter), 'utf8')).toBe('as it was')
    const sheet = (await instance.must('backup', 'recovery-sheet', '--yes')).stdout
    const [, line = ''] = /^ {2}(restic .*)$/m.exec(sheet) ?? []
    const [, password = ''] = /"key": "([^"]+)"/.exec(sheet) ?? []
    const script = `export RESTIC_PASSWORD=${password}\n${line.replace('/srv/files', join(folder, 'by-sftp'))}`
    await on.run(['sh', '-euc', script])
    expect(await readFile(join(folder, 'by-sftp', letter), 'utf8')).toBe('as it was')
  })

  it('that is away is told by the backup and by the check, takes nothing from the first one, and catches up', async () => {
    await sftp.down()
    try {
      await instance.must('backup', 'now')
      expect(await instance.read('agent/inbox.ndjson')).toMatch(/no copy in the second repository: [^\n]*SFTP/)
      expect(await otherRegion()).toEqual(['broken', expect.stringMatching(/the SFTP server does not answer/)])
    } finally {
      await sftp.up()
    }
    await instance.must('backup', 'now')
    expect(await otherRegion()).toEqual(good())
  })

  it('in which a byte is another one is told by the verification', async () => {
    const pack = await largestBelow(join(sftp.files, 'files', 'data'))
    await chmod(pack, 0o600)
    await flip(pack)
    await instance.must('backup', 'verify')
    const seen = await instance.judgement('backup.verification')
    expect([seen?.verdict, seen?.because]).toEqual(['broken', expect.stringMatching(/second repository[^]*damaged/)])
    await flip(pack)
    await instance.must('backup', 'verify')
    expect((await instance.judgement('backup.verification'))?.verdict).toBe('kept')
  })

  it('that somebody has emptied is not begun anew by itself', async () => {
    await rename(join(sftp.files, 'files'), join(sftp.files, 'away'))
    expect(await otherRegion()).toEqual(['broken', expect.stringMatching(/the repository is not there/)])
    const { code, stderr } = await deployed()
    expect([code, stderr]).toEqual([2, expect.stringMatching(/is it the same server/)])
    await rename(join(sftp.files, 'away'), join(sftp.files, 'files'))
    expect(await otherRegion()).toEqual(good())
  })
})

/** Where the project lies on the machine that has nothing. */
const clone = '/srv/edge'

it('all of it comes back on a machine that has nothing but the sheet and what opens the servers', async () => {
  await sqlOn(on, 'create table public.last (number int primary key); insert into public.last values (7)')
  await instance.must('backup', 'now')
  const brought = join(instance.folder, 'brought')
  await mkdir(brought)
  const sheet = join(brought, 'sheet')
  await instance.must('backup', 'recovery-sheet', '--out', sheet)
  const configuration = join(brought, 'production.config.ts')
  await writeFile(configuration, (await readFile(instance.file, 'utf8')).replaceAll(project, clone))
  const secrets = [credentialsFile, join(instance.folder, 'sftp-key')]
  await writeFile(
    join(brought, 'recover.sh'),
    `set -eu
./edge prepare --config ${configuration}
chown edge: ${secrets.join(' ')}
./edge up --config ${configuration} --from-sheet ${sheet} --no-load-test
touch ${brought}/ready
while [ ! -e ${brought}/done ]; do sleep 1; done
./edge verify --config ${configuration} database backup
`,
  )
  await loseMachine(instance)
  const root = join(instance.folder, 'root')
  const paths = [brought, ...secrets, server.ca, join(instance.folder, 'sftp-known-hosts')]
  const machine = await FreshMachine.start(root, paths, ['sh', join(brought, 'recover.sh')])
  try {
    await machine.until(join(brought, 'ready'))
    const ca = tlsFiles(join(root, instance.state)).ca
    const [row] = await withClient(
      { ...addressesOf(on.instance, ca).superuser, database: 'app' },
      async (connected) => (await connected.query('select number from public.last')).rows,
    )
    expect(row).toEqual({ number: 7 })
    const { https, domain } = on.configuration.serve
    const site = await visited(https, domain, await readFile(ca, 'utf8'))
    expect(site).toMatchObject({ status: 200, body: expect.stringMatching(/<!doctype html>/i) })
    const letter = join(root, instance.state, 'uploads', 'letter.txt')
    expect(await readFile(letter, 'utf8')).toBe('as it was')
  } finally {
    await machine.touch(join(brought, 'done'))
  }
  const { code, stdout } = await machine.ended
  console.log(
    stdout
      .split('\n')
      .filter((line) => /recovered as of|== /.test(line))
      .join('\n'),
  )
  expect([code, stdout]).toEqual([0, expect.stringMatching(/recovered as of [^\n]*; it answers [\d.]+ s after/)])
})
