import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pRetry from 'p-retry'
import { z } from 'zod'
import { messageOf, OperatorError } from '../core/errors.ts'
import type { PackageNeed } from '../core/plan.ts'
import { shortened } from '../core/shortened.ts'
import type { Ran, World } from '../core/world.ts'
import { explained } from './refusal.ts'
import { isAddress, type S3Access } from './s3.ts'
import { isOnServer, isSftp, requireSftpFiles, type SftpAccess, sftpAddress, sftpCommand } from './sftp.ts'

export const resticNeed: PackageNeed = {
  binary: 'restic',
  version: { args: ['version'], pattern: /restic ([\d.]+)/, atLeast: '0.14' },
  packages: ['restic'],
}

/** The same on every machine: restic groups snapshots by it, and a renamed host would begin a new group. */
const host = 'edge'
const dayMs = 24 * 3_600_000

/** `path`: a directory, or an address of S3 or of SFTP. */
export type ResticRepository = {
  readonly path: string
  readonly key: string
  readonly s3?: S3Access | undefined
  readonly sftp?: SftpAccess | undefined
}

/** A repository's place, as restic is told. */
export function resticPlace(path: string): string {
  if (isSftp(path)) return sftpAddress(path)
  return isAddress(path) ? `s3:${path}` : path
}

/** How an address is reached. The credentials are in a file that restic reads: whatever stands in our environment is of others. */
const reached = ({ path, s3, sftp }: ResticRepository) => ({
  options: [...ofS3(s3), ...(sftp ? ['-o', `sftp.command=${sftpCommand(path, sftp)}`] : [])],
  env: s3
    ? {
        AWS_SHARED_CREDENTIALS_FILE: s3.credentialsFile,
        AWS_PROFILE: 'default',
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        AWS_SESSION_TOKEN: undefined,
        MINIO_ACCESS_KEY: undefined,
        MINIO_SECRET_KEY: undefined,
      }
    : {},
})

const ofS3 = (s3: S3Access | undefined): readonly string[] =>
  s3
    ? [
        '-o',
        `s3.region=${s3.region}`,
        '-o',
        's3.bucket-lookup=path',
        ...(s3.ca === undefined ? [] : ['--cacert', s3.ca]),
      ]
    : []

type Besides = { readonly onLine?: (line: string) => void; readonly from?: ResticRepository }

/**
 * Runs one of its commands; `from`: the repository that it takes something out of besides. Throws OperatorError with the
 * first line of what it says. Where somebody else has the repository for a while it waits, for a minute: a run that was
 * killed leaves the restic that it had begun, which reads on. Restic's own option to wait came with 0.16.
 */
export const restic = (
  world: Pick<World, 'run'>,
  repository: ResticRepository,
  command: readonly [string, ...string[]],
  besides: Besides = {},
): Promise<Ran> =>
  pRetry(() => once(world, repository, command, besides), {
    retries: 120,
    minTimeout: 500,
    factor: 1,
    maxRetryTime: 60_000,
    shouldRetry: async ({ error }) => {
      if (!messageOf(error).includes('another run is at work')) return false
      // Or the lock of one that has ended since would be waited for.
      await unlock(world, repository)
      return true
    },
  })

/** Never with its cache: a snapshot whose file is damaged would be listed from there. */
async function once(
  world: Pick<World, 'run'>,
  repository: ResticRepository,
  [command, ...words]: readonly [string, ...string[]],
  { onLine, from }: Besides,
): Promise<Ran> {
  const { path, key } = repository
  const both = from ? [repository, from] : [repository]
  for (const { sftp } of both) if (sftp) await requireSftpFiles(sftp)
  const reach = both.map(reached)
  const options = reach.flatMap((one) => one.options)
  const taken = from ? ['--from-repo', resticPlace(from.path)] : []
  const ran = await world.run(
    ['restic', '--repo', resticPlace(path), '--no-cache', ...options, command, ...taken, ...words],
    {
      timeoutMs: dayMs,
      env: {
        RESTIC_PASSWORD: key,
        ...(from ? { RESTIC_FROM_PASSWORD: from.key } : {}),
        RESTIC_PROGRESS_FPS: '2',
        ...Object.assign({}, ...reach.map(({ env }) => env)),
      },
      ...(onLine ? { onLine } : {}),
    },
  )
  if (ran.code === 0) return ran
  const said = ran.stderr.split('\n').find((line) => /fatal|error|wrong|unable/i.test(line)) ?? ran.stderr
  const whole = `${ran.stderr}\n${await refusalOfSsh(ran.stderr, both, world)}`
  throw new OperatorError('restic', `${command}: ${explained(whole, shortened(said.replace(/^Fatal: /, '')))}`, [
    'docs/runbooks/backup-failed.md goes through the causes',
  ])
}

/** Restic does not always wait for what its ssh says: where there was no session, that one is asked by itself. */
async function refusalOfSsh(
  said: string,
  repositories: readonly ResticRepository[],
  world: Pick<World, 'run'>,
): Promise<string> {
  if (!said.includes('unable to start the sftp session')) return ''
  const asked = repositories.flatMap(({ path, sftp }) => (sftp ? [sftpCommand(path, sftp).split(' ')] : []))
  // Without input a session that comes about ends at once.
  const ran = await Promise.all(asked.map(([ssh = '', ...words]) => world.run([ssh, ...words], { input: '' })))
  return ran.map(({ stderr }) => stderr).join('\n')
}

const configSchema = z.object({ id: z.string() })

/** What a repository is called by its own configuration; undefined where there is none. Throws OperatorError where nobody can say. */
export async function idOf(repository: ResticRepository, world: Pick<World, 'run'>): Promise<string | undefined> {
  try {
    const { stdout } = await restic(world, repository, ['cat', 'config'])
    return configSchema.parse(JSON.parse(stdout)).id
  } catch (error) {
    if (error instanceof OperatorError && /the repository is not there/.test(error.message)) return undefined
    throw error
  }
}

/**
 * Removes locks that a killed run left: they would keep others from expiry and from checks. To open a repository costs
 * half a second of a core, so restic is asked only where there are any, or where nobody else can be asked.
 */
export async function unlock(world: Pick<World, 'run'>, repository: ResticRepository): Promise<void> {
  const locks = isOnServer(repository.path)
    ? undefined
    : await readdir(join(repository.path, 'locks')).catch((): string[] => [])
  if (locks === undefined || locks.length > 0) await restic(world, repository, ['unlock'])
}

const snapshotSchema = z.object({
  id: z.string(),
  original: z.string().nullish(),
  time: z.string(),
  tags: z.array(z.string()).nullish(),
  paths: z.array(z.string()),
})

export type Snapshot = z.output<typeof snapshotSchema>

/** The snapshot that this one was copied of, which has another name in its repository; its own where it is no copy. */
export const originOf = ({ id, original }: Pick<Snapshot, 'id' | 'original'>): string => original ?? id

/** Every snapshot of a tag, oldest first. */
export async function snapshotsIn(
  world: Pick<World, 'run'>,
  repository: ResticRepository,
  tag?: string,
): Promise<readonly Snapshot[]> {
  const { stdout } = await restic(world, repository, [
    'snapshots',
    '--json',
    ...(tag === undefined ? [] : ['--tag', tag]),
  ])
  const all = z.array(snapshotSchema).parse(JSON.parse(stdout) ?? [])
  return all.toSorted((one, other) => Date.parse(one.time) - Date.parse(other.time))
}

const summarySchema = z.object({
  message_type: z.literal('summary'),
  snapshot_id: z.string(),
  total_files_processed: z.number(),
  total_bytes_processed: z.number(),
  data_added: z.number(),
})

const statusSchema = z.object({
  message_type: z.literal('status'),
  percent_done: z.number(),
  seconds_remaining: z.number().optional(),
  bytes_done: z.number().optional(),
})

export type FilesBackedUp = {
  readonly snapshot: string
  readonly files: number
  readonly bytes: number
  readonly added: number
}

/** Backs paths up as one snapshot; `at`: the time that it is to carry, for trials of what expires. */
export async function backUpFiles(
  world: Pick<World, 'run'>,
  repository: ResticRepository,
  { paths, tag, at }: { readonly paths: readonly string[]; readonly tag: string; readonly at?: Date },
  say: (progress: string) => void = () => undefined,
): Promise<FilesBackedUp> {
  const time = at === undefined ? [] : ['--time', at.toISOString().slice(0, 19).replace('T', ' ')]
  const tell = (line: string): void => {
    const status = parsed(line, statusSchema)
    if (!status) return
    const left = status.seconds_remaining === undefined ? '' : `, ${status.seconds_remaining} s left`
    say(`${Math.round(status.percent_done * 100)} %${left}`)
  }
  const words = ['backup', '--json', '--host', host, '--tag', tag, ...time, ...paths] as const
  const { stdout } = await restic(world, repository, words, { onLine: tell })
  const summary = stdout
    .split('\n')
    .flatMap((line) => parsed(line, summarySchema) ?? [])
    .at(-1)
  if (!summary) throw new OperatorError('restic', 'backup ended without a summary', 'edge backup now once more')
  return {
    snapshot: summary.snapshot_id,
    files: summary.total_files_processed,
    bytes: summary.total_bytes_processed,
    added: summary.data_added,
  }
}

function parsed<Value>(line: string, schema: z.ZodType<Value>): Value | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return schema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
