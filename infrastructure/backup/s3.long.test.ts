import { chmod, chown, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientOf } from '../../test/emulator-client.ts'
import { TestInstance } from '../../test/instance.ts'
import { S3Server } from '../../test/s3-server.ts'
import { visited } from '../../test/visitor.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { loseMachine } from '../../test/lost-machine.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { backup } from './guarantees.ts'
import { askCopy } from './proofs/test-copy.ts'
import { withoutClock } from './proofs/test-clock.ts'
import { brokenOf, folderFor, sqlOn } from './proofs/test-instance.ts'

const secret = 'a-secret-of-a-test'

let server: S3Server
let instance: TestInstance
let on: Sabotaged
let folder: string
let credentialsFile: string
let client: S3Client
beforeAll(async () => {
  server = await S3Server.start()
  client = new S3Client({ ...clientOf(server.emulator.address), forcePathStyle: true })
  instance = await TestInstance.make()
  await instance.must('up', '--no-load-test')
  on = await hands(instance)
  folder = await folderFor(instance, 'copies')
  credentialsFile = join(instance.folder, 's3-credentials')
  await writeFile(
    credentialsFile,
    `[default]\naws_access_key_id = test\naws_secret_access_key = ${secret}\n\n[other]\naws_access_key_id = other\n`,
    { mode: 0o644 },
  )
  const { uid, gid } = await stat(instance.state)
  await chown(credentialsFile, uid, gid)
})
afterAll(async () => {
  await instance.remove()
  client.destroy()
  await server.stop()
})

/** Edits one line, as an operator would: all else, and the ports, stay as they are. */
async function configure(ca: string | undefined): Promise<void> {
  const s3 = `{ credentialsFile: '${credentialsFile}'${ca === undefined ? '' : `, ca: '${ca}'`} }`
  const field = `  backup: { secondRepository: '${server.address}/backups/my-app', s3: ${s3} },`
  await writeFile(instance.file, (await readFile(instance.file, 'utf8')).replace(/^ {2}backup: .*$/m, field))
}

const otherRegion = async () => {
  const seen = await instance.judgement('backup.otherRegion')
  return [seen?.verdict, seen?.because ?? '']
}
/** Where the server has no address but this machine's, the copy shares it, and nothing else would be true. */
const good = (): readonly unknown[] =>
  server.isElsewhere ? ['kept', ''] : ['notClaimed', expect.stringContaining('shares this machine')]

describe('a second repository in S3', () => {
  it('is refused where others may read the credentials', async () => {
    await configure(server.ca)
    const { code, stderr } = await instance.edge(['deploy', '--yes', 'backup'])
    expect([code, stderr]).toEqual([2, expect.stringMatching(/s3-credentials can be read by others[^]*chmod 600/)])
    await chmod(credentialsFile, 0o600)
  })

  it('is refused where nobody vouches for its certificate', async () => {
    await configure(undefined)
    const { code, stderr } = await instance.edge(['deploy', '--yes', 'backup'])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/nobody that is trusted vouches for its certificate/)])
  })

  it('is refused where its bucket is missing', async () => {
    await configure(server.ca)
    const { code, stderr } = await instance.edge(['deploy', '--yes', 'backup'])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/there is no such bucket/)])
  })

  it('has the first backup when `edge up` ends, all of it encrypted, and says which host has it', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'backups' }))
    await instance.must('up', '--no-load-test')
    await withoutClock(on)
    expect(await otherRegion()).toEqual(good())
    expect(await brokenOf(instance, 'backup')).toEqual([])
    expect(JSON.stringify([...(await instance.verify('backup.encryption')).values()])).toContain('"repositories":2')
  })

  it('has its credentials in no file but its own and the one of pgBackRest, which nobody else may read', async () => {
    const conf = join(instance.state, 'backup', 'pgbackrest.conf')
    expect([(await stat(conf)).mode & 0o777, await readFile(conf, 'utf8')]).toEqual([
      0o600,
      expect.stringContaining(secret),
    ])
    expect(await readFile(instance.file, 'utf8')).not.toContain(secret)
    const { stdout } = await on.run(['grep', '-rlF', secret, instance.state])
    expect(stdout.trim()).toBe(conf)
  })

  it('is enough for a restore where the first one is gone', async () => {
    const first = join(instance.state, 'backup', 'repository')
    const from = ['--from', 'second', '--json']
    const listed = JSON.parse((await instance.must('backup', 'list', ...from)).stdout)
    expect(listed).toMatchObject({ backups: [expect.anything()], from: expect.any(String), to: expect.any(String) })
    await rename(first, `${first}.away`)
    try {
      await instance.must('restore', 'database', '--into', join(folder, 'database'), ...from)
      await instance.must('restore', 'files', '--into', join(folder, 'files'), ...from)
    } finally {
      await rm(first, { recursive: true, force: true })
      await rename(`${first}.away`, first)
    }
    expect(await askCopy(on, join(folder, 'database'), 'select count(*) > 0 from edge.backup_marker')).toBe('t')
    expect((await readdir(join(folder, 'files', instance.state))).length).toBeGreaterThan(0)
  })

  it('is read by the programs alone, as the recovery sheet says, which has none of its credentials', async () => {
    const sheet = (await instance.must('backup', 'recovery-sheet', '--yes')).stdout
    expect(sheet).not.toContain(secret)
    const key = /"key": "([^"]+)"/.exec(sheet)?.[1] ?? ''
    const lines = sheet
      .split('\n')
      .flatMap((line) => /^ {2}((?:export|pgbackrest .* info$|restic ).*)$/.exec(line)?.[1] ?? [])
    expect(lines).toHaveLength(4)
    const script = lines
      .join('\n')
      .replaceAll(/=KEY\b/g, `=${key}`)
      .replaceAll(/=ID\b/g, '=test')
      .replaceAll(/=SECRET\b/g, `=${secret}`)
      .replace('/srv/files', join(folder, 'by-restic'))
    // Restic says on standard error that it makes a cache.
    const { stdout } = await on.run(['sh', '-euc', script])
    expect(stdout).toMatch(/full backup: /)
    expect((await readdir(join(folder, 'by-restic', instance.state))).length).toBeGreaterThan(0)
  })

  it('that refuses is told by the backup and by the check, and takes nothing from the first one', async () => {
    await server.answering('return 403;')
    try {
      await instance.must('backup', 'now')
      expect(await instance.read('agent/inbox.ndjson')).toMatch(/no copy in the second repository: [^\n]*refuses/)
      expect(await otherRegion()).toEqual(['broken', expect.stringMatching(/refuses/)])
    } finally {
      await server.answering()
    }
    await instance.must('backup', 'now')
    expect(await otherRegion()).toEqual(good())
  })

  it('that somebody has emptied is told by the check, is not begun anew by itself, and is when it is asked for', async () => {
    await empty()
    expect(await otherRegion()).toEqual(['broken', expect.stringMatching(/not in the second repository/)])
    const refused = await instance.edge(['deploy', '--yes', 'backup'])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/is it the same bucket/)])
    const known = /rm (\S+):/.exec(refused.stderr)?.[1] ?? ''
    await rm(known)
    // Whose verdict waits for the next backup.
    const begun = await instance.edge(['deploy', '--yes', 'backup'])
    expect([begun.code, begun.stdout]).toEqual([1, expect.stringMatching(/19 looked at, 1 broken/)])
    await instance.must('backup', 'now')
    expect(await otherRegion()).toEqual(good())
    await instance.must('backup', 'verify')
    expect((await instance.judgement('backup.verification'))?.verdict).toBe('kept')
  })
})

const sql = (text: string) => sqlOn(on, text)
const newestRow = async (): Promise<number> =>
  Number((await sql('select extract(epoch from max(at)) * 1000 as at from public.moments'))[0]?.at ?? 0)

/** A row for each second, until the repository has what was written more than a minute ago. */
async function writeOn(): Promise<void> {
  await sql('create table if not exists public.moments (at timestamptz not null)')
  const until = Date.now() + 75_000
  while (Date.now() < until) {
    await sql('insert into public.moments values (clock_timestamp())')
    await wait(1000)
  }
}

describe('where the machine is lost', () => {
  it('the whole site comes back out of the bucket, with its files, and says what is lost and how long it took', async () => {
    const letter = join(instance.state, 'uploads', 'letter.txt')
    await on.run(['sh', '-c', 'mkdir -p "$(dirname "$0")"; printf %s "$1" > "$0"', letter, 'as it was'])
    await instance.must('backup', 'now')
    const sheet = join(instance.folder, 'sheet')
    await instance.must('backup', 'recovery-sheet', '--out', sheet)
    await writeOn()
    const lostAt = await newestRow()
    await loseMachine(instance)
    const begun = Date.now()
    const { stdout } = await instance.must('up', '--from-sheet', sheet, '--no-load-test')
    const took = Date.now() - begun
    on = await hands(instance)
    await withoutClock(on)
    const [, last = '', seconds = ''] =
      /recovered as of the end of the logs, whose last commit is of (\S+ \S+); it answers ([\d.]+) s after/.exec(
        stdout,
      ) ?? []
    const lost = lostAt - (await newestRow())
    console.log(
      `lost: ${lost / 1000} s, last commit of ${last}, answers after ${seconds} s, all of it ${took / 1000} s`,
    )
    expect(lost).toBeLessThan(backup.recoveryPoint.atMost.milliseconds)
    expect(Date.parse(last.replace(/\+00$/, 'Z'))).toBeGreaterThanOrEqual(Math.floor(lostAt - lost))
    expect(Number(seconds) * 1000).toBeLessThan(backup.recoveryTime.atMost.milliseconds)
    expect(await readFile(letter, 'utf8')).toBe('as it was')
    const { https, domain } = on.configuration.serve
    const ca = await readFile(tlsFiles(instance.state).ca, 'utf8')
    expect(await visited(https, domain, ca)).toMatchObject({
      status: 200,
      body: expect.stringMatching(/<!doctype html>/i),
    })
    expect(await brokenOf(instance, 'database', 'backup')).toEqual([])
    expect(await otherRegion()).toEqual(good())
  })
})

async function empty(): Promise<void> {
  for (;;) {
    const { Contents = [] }: ListObjectsV2CommandOutput = await client.send(
      new ListObjectsV2Command({ Bucket: 'backups' }),
    )
    if (Contents.length === 0) return
    const Objects = Contents.map(({ Key }) => ({ Key }))
    await client.send(new DeleteObjectsCommand({ Bucket: 'backups', Delete: { Objects } }))
  }
}
