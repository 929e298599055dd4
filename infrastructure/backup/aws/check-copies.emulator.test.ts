import { CreateDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds'
import {
  CreateBucketCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clientOf } from '../../../test/emulator-client.ts'
import { Between } from '../../../test/ministack/between.ts'
import { testWorld } from '../../../test/world.ts'
import type { Check } from '../../../src/core/check.ts'
import { onEmulator, readBackOf, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { otherRegion } from './check-copies.ts'
import { encryption } from './check-encryption.ts'
import type { BackupEndpointOnAws } from './endpoint.ts'
import { replicationProofs } from './proofs-replication.ts'

const hourMs = 3_600_000
const { world } = testWorld()
const ago = (hours: number): Date => new Date(Date.now() - hours * hourMs)
const inSeconds = (at: Date): number => at.getTime() / 1000
const copies = 'arn:aws:backup:us-west-2:000000000000:backup-vault:trial-copies-0a1b2c3d'

const arns = {
  primary: 'arn:aws:rds:us-east-1:000000000000:db:trial-primary',
  Uploads: 'arn:aws:s3:::uploads-of-trial',
  Sessions: 'arn:aws:dynamodb:us-east-1:000000000000:table/Sessions',
  UserPreferences: 'arn:aws:dynamodb:us-east-1:000000000000:table/UserPreferences',
} as const
type Point = Readonly<Record<string, unknown>>
const point = (of: keyof typeof arns, change: Point = {}): Point => ({
  ResourceArn: arns[of],
  Status: 'COMPLETED',
  CreationDate: inSeconds(ago(20)),
  ...change,
})
const whole = (): readonly Point[] => [point('primary'), point('Uploads'), point('Sessions'), point('UserPreferences')]

/** What AWS Backup lists in the vault of the other region, page by page; the emulator copies nothing. */
let pages: readonly (readonly Point[])[] = []
let madeAt = { 'trial-copies-0a1b2c3d': ago(1000), Vault: ago(1000) }
/** What it lists of the jobs that copy there. */
let jobs: readonly Point[] = []
const job = (of: keyof typeof arns, State: string, hours: number): Point => ({
  ResourceArn: arns[of],
  State,
  CreationDate: inSeconds(ago(hours)),
})
/** The region that each question was asked in, and about what. */
const askedIn: string[] = []

const regionIn = ({ authorization = '' }: { readonly authorization?: string | undefined }) =>
  /us-\w+-\d/.exec(authorization)?.[0]

let between: Between
let endpoint: BackupEndpointOnAws
beforeAll(async () => {
  between = await Between.withEmulator()
  between.rule = async ({ method, path, headers }, answered) => {
    const url = new URL(path, 'http://any')
    const [, , vault = '', points] = url.pathname.split('/')
    if (url.pathname.startsWith('/copy-jobs')) {
      askedIn.push(`${url.searchParams.get('destinationVaultArn')} ${regionIn(headers)}`)
      return { status: 200, body: JSON.stringify({ CopyJobs: jobs }) }
    }
    if (method !== 'GET' || !url.pathname.startsWith('/backup-vaults/')) return answered()
    if (points === undefined) {
      const at = vault === 'Vault' ? madeAt.Vault : madeAt['trial-copies-0a1b2c3d']
      return { status: 200, body: JSON.stringify({ CreationDate: inSeconds(at) }) }
    }
    askedIn.push(`${vault} ${regionIn(headers)}`)
    const page = Number(url.searchParams.get('nextToken') ?? 0)
    const more = page + 1 < pages.length ? { NextToken: String(page + 1) } : {}
    return { status: 200, body: JSON.stringify({ RecoveryPoints: pages[page] ?? [], ...more }) }
  }
  const client = clientOf(between.environment['AWS_ENDPOINT_URL'] ?? '')
  endpoint = {
    deployed: { client, id: (name) => (name === 'Uploads' ? 'uploads-of-trial' : name), named: (text) => text },
    proofs: [declared('otherRegion', true), declared('encryption', true)],
    component: 'backup',
    instance: 'trial',
    primary: 'trial-primary',
    copies,
    topics: {},
  }
})
afterAll(() => between.stop())
beforeEach(() => {
  pages = [whole()]
  jobs = []
  askedIn.length = 0
  madeAt = { 'trial-copies-0a1b2c3d': ago(1000), Vault: ago(1000) }
})

const declared = (name: string, has: boolean): RoomProof =>
  onEmulator({
    type: 'any',
    says: 'it is as configured',
    fact: 'as configured',
    proves: [name],
    is: true,
    template: () => true,
    readBack: () => Promise.resolve(has),
  })
async function why(check: Check<BackupEndpointOnAws>, of = endpoint): Promise<string> {
  const found = await check(of, world)
  return 'because' in found ? found.because : found.is
}

describe('a copy in the other region', () => {
  it('is there where all that is backed up has a whole one of the last two days, on whichever page it is listed', async () => {
    pages = whole().map((one) => [one])
    expect(await otherRegion(endpoint, world)).toMatchObject({
      is: 'kept',
      evidence: {
        facts: { 'as configured': 'true', 'copied to us-west-2: uploads-of-trial': expect.stringMatching(/^20/) },
      },
    })
    expect(new Set(askedIn)).toEqual(new Set(['trial-copies-0a1b2c3d us-west-2']))
  })

  const tooOld = ago(49)
  it.each([
    ['nothing of one was copied', whole().slice(1), 'trial-primary', ''],
    [
      'the newest copy of one is too old',
      [...whole().slice(0, 3), point('UserPreferences', { CreationDate: inSeconds(tooOld) })],
      'UserPreferences',
      ` (UserPreferences, the newest one is of ${tooOld.toISOString()})`,
    ],
    [
      'a copy is not whole',
      [...whole().slice(0, 3), point('UserPreferences', { Status: 'PARTIAL' })],
      'UserPreferences',
      '',
    ],
  ])('is broken where %s, and not claimed as long as either vault is young', async (_what, listed, source, more) => {
    pages = [listed]
    expect(await why(otherRegion)).toBe(`of ${source} no copy of the last 48 hours is in us-west-2${more}`)
    for (const vault of ['Vault', 'trial-copies-0a1b2c3d'] as const) {
      madeAt = { 'trial-copies-0a1b2c3d': ago(1000), Vault: ago(1000), [vault]: ago(47) }
      expect(await otherRegion(endpoint, world)).toMatchObject({
        is: 'notClaimed',
        because: expect.stringContaining(`of ${source} no copy is in us-west-2 yet`),
      })
    }
  })

  describe('that is on its way for longer than two days', () => {
    const missing = 'of trial-primary no copy of the last 48 hours is in us-west-2'
    const listed = (State: string, hours: number) => (jobs = [job('primary', State, hours)])
    const since = (hours: number): string => `still copying since ${ago(hours).toISOString().slice(0, 13)}`
    beforeEach(() => {
      pages = [whole().slice(1)]
    })

    it.each(['CREATED', 'RUNNING'])(
      'is not claimed where it is the first one, as long as its job is %s',
      async (state) => {
        listed(state, 60)
        expect(await otherRegion(endpoint, world)).toMatchObject({
          is: 'notClaimed',
          because: expect.stringContaining(`the first copy to us-west-2 is not there yet: trial-primary, ${since(60)}`),
        })
        expect(askedIn).toContain(`${copies} us-east-1`)
        listed(state, 169)
        expect(await why(otherRegion)).toContain(`${missing} (trial-primary, ${since(169)}`)
      },
    )

    it.each(['FAILED', 'PARTIAL', 'COMPLETED'])('is broken where its job is %s', async (state) => {
      listed(state, 60)
      expect(await why(otherRegion)).toBe(missing)
    })

    it('counts from the first of those that are under way, and not past one that has ended', async () => {
      jobs = [job('primary', 'CREATED', 10), job('primary', 'RUNNING', 60), job('primary', 'FAILED', 90)]
      // It is not the first one then: each would fail after some days, and the next be under way.
      expect(await otherRegion(endpoint, world)).toMatchObject({
        is: 'broken',
        because: expect.stringContaining(since(60)),
      })
      jobs = jobs.slice(0, 2)
      expect(await otherRegion(endpoint, world)).toMatchObject({
        is: 'notClaimed',
        because: expect.stringContaining(since(60)),
      })
      jobs = [job('primary', 'FAILED', 10), job('primary', 'RUNNING', 60)]
      expect(await why(otherRegion)).toBe(missing)
    })

    it('is broken where it is not the first one: the older copy is too old, or is gone', async () => {
      const old = point('primary', { CreationDate: inSeconds(ago(80)) })
      pages = [[...whole().slice(1), old]]
      listed('RUNNING', 60)
      const is = `the newest one is of ${ago(80).toISOString().slice(0, 13)}`
      const words = await why(otherRegion)
      expect(words).toContain(`${missing} (trial-primary, ${is}`)
      expect(words).toContain(since(60))
      expect((await otherRegion(endpoint, world)).is).toBe('broken')
      pages = [whole().slice(1)]
      jobs = [...jobs, job('primary', 'COMPLETED', 200)]
      expect(await otherRegion(endpoint, world)).toMatchObject({
        is: 'broken',
        because: expect.stringContaining(since(60)),
      })
    })

    it('is kept where an older one is young enough, and excuses no other that is missing', async () => {
      listed('RUNNING', 60)
      pages = [whole()]
      expect((await otherRegion(endpoint, world)).is).toBe('kept')
      pages = [whole().slice(2)]
      expect(await why(otherRegion)).toMatch(
        /^of trial-primary, uploads-of-trial no copy of the last 48 hours is in us-west-2 \(trial-primary, still/,
      )
    })
  })

  it('is broken where a rule copies nothing any more, and not claimed where there is no other region', async () => {
    expect(await why(otherRegion, { ...endpoint, proofs: [declared('otherRegion', false)] })).toContain(
      'as configured is false',
    )
    expect(await why(otherRegion, { ...endpoint, copies: undefined })).toContain('aws.copies is off')
  })
})

describe('the copying of uploads', () => {
  const Bucket = 'uploads-of-trial'
  const to = 'trial-uploads-copy'
  const proof = replicationProofs(to)[0]
  const readBack = proof && readBackOf(proof)
  const inAccount = (text: unknown): unknown => String(text).replaceAll('trial-replication', 'Replication')
  const seen = () => readBack?.({ ...endpoint.deployed, named: inAccount })

  it('is read back of S3, and found out where a hand ended it', async () => {
    const s3 = new S3Client({ ...endpoint.deployed.client, forcePathStyle: true })
    for (const name of [Bucket, to]) {
      await s3.send(new CreateBucketCommand({ Bucket: name }))
      const VersioningConfiguration = { Status: 'Enabled' } as const
      await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }))
    }
    expect(await seen()).toBeUndefined()
    const rule = {
      ID: 'elsewhere',
      Status: 'Enabled',
      Priority: 1,
      Filter: { Prefix: '' },
      DeleteMarkerReplication: { Status: 'Enabled' },
      Destination: { Bucket: `arn:aws:s3:::${to}` },
    } as const
    const Role = 'arn:aws:iam::000000000000:role/trial-replication'
    const put = (Rules: (typeof rule)[]) =>
      s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: { Role, Rules } }))
    await put([rule])
    expect(await seen()).toEqual(proof?.is)
  })
})

describe('the encryption of backups', () => {
  it('is that of the database for its snapshots, which RDS encrypts with no other key', async () => {
    const rds = new RDSClient(endpoint.deployed.client)
    const DBInstanceIdentifier = 'trial-primary'
    const made = { DBInstanceIdentifier, DBInstanceClass: 'db.t3.micro', Engine: 'postgres', AllocatedStorage: 20 }
    await rds.send(new CreateDBInstanceCommand({ ...made, StorageEncrypted: true }))
    expect(await why(encryption)).toBe('kept')
    await rds.send(new CreateDBInstanceCommand({ ...made, DBInstanceIdentifier: 'plain', StorageEncrypted: false }))
    expect(await why(encryption, { ...endpoint, primary: 'plain' })).toBe(
      'plain is not encrypted, and so is no snapshot of it',
    )
    expect(await why(encryption, { ...endpoint, proofs: [declared('encryption', false)] })).toContain(
      'as configured is false',
    )
  })
})
