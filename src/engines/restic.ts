import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pRetry from 'p-retry'
import { z } from 'zod'
import { messageOf, OperatorError } from '../core/errors.ts'
import type { PackageNeed } from '../core/plan.ts'
import { shortened } from '../core/shortened.ts'
import type { Ran, World } from '../core/world.ts'
import { dayMs } from '../core/units.ts'
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

type Besides = {
  readonly onLine?: (line: string) => void
  readonly from?: ResticRepository
  /** What a run came to, where that is not only for restic to say. */
  readonly judged?: (ran: Ran) => Promise<Ran>
}

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
  { onLine, from, judged }: Besides,
): Promise<Ran> {
  const { path, key } = repository
  const both = from ? [repository, from] : [repository]
  for (const { sftp } of both) if (sftp) await requireSftpFiles(sftp)
  const reach = both.map(reached)
  const options = reach.flatMap((one) => one.options)
  const taken = from ? ['--from-repo', resticPlace(from.path)] : []
  const ended = await world.run(
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
  const ran = (await judged?.(ended)) ?? ended
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

/** Of the lines of a check or of a copy, the share of the packs that it has come to. */
export const onPacks =
  (tell: (share: number) => void) =>
  (line: string): void => {
    const [, done, all] = /\b(\d+) \/ (\d+) packs\b/.exec(line) ?? []
    if (all !== undefined) tell(Number(done) / Number(all))
  }

/** The words by which a restore brings one path and what lies below it: restic takes a pattern, in which these signs mean others. */
export const onlyPath = (path: string): readonly string[] => [
  '--include',
  path.replaceAll(/[\\[\]*?]/g, String.raw`\$&`),
]

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
  total_bytes: z.number().optional(),
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
  tell: (share: number, bytes: number | undefined) => void = () => undefined,
): Promise<FilesBackedUp> {
  const time = at === undefined ? [] : ['--time', at.toISOString().slice(0, 19).replace('T', ' ')]
  const onLine = (line: string): void => {
    const status = parsed(line, statusSchema)
    if (status) tell(status.percent_done, status.total_bytes)
  }
  const words = ['backup', '--json', '--host', host, '--tag', tag, ...time, ...paths] as const
  const judged = (ran: Ran): Promise<Ran> => withoutVanished(ran, paths)
  const { stdout } = await restic(world, repository, words, { onLine, judged })
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

/** What it ends with where a file could not be read: all others are in the snapshot. */
const incomplete = 3
const errorSchema = z.object({ message_type: z.literal('error'), item: z.string() })

/**
 * A backup that could not read some files has done its work where each of them is not there any more: somebody renamed or
 * removed it between its listing and its reading, as a new version comes into its place. One that is there and cannot be
 * read is missing in the snapshot, and so is a folder that was asked for by its name.
 */
async function withoutVanished(ran: Ran, paths: readonly string[]): Promise<Ran> {
  if (ran.code !== incomplete) return ran
  const said = `${ran.stdout}\n${ran.stderr}`.split('\n')
  const items = said.flatMap((line) => parsed(line, errorSchema)?.item ?? [])
  if (items.length === 0) return ran
  const gone = await Promise.all(items.map((item) => !paths.includes(item) && isGone(item)))
  const missing = items.filter((_, index) => !gone[index])
  if (missing.length === 0) return { ...ran, code: 0 }
  return { ...ran, stderr: `error: ${missing.join(', ')} could not be read\n${ran.stderr}` }
}

const isGone = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT' || error.code === 'ENOTDIR',
  )

function parsed<Value>(line: string, schema: z.ZodType<Value>): Value | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return schema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
