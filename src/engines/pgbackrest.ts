import { z } from 'zod'
import { OperatorError } from '../core/errors.ts'
import type { PackageNeed } from '../core/plan.ts'
import { shortened } from '../core/shortened.ts'
import type { Ran, RunOptions, World } from '../core/world.ts'
import { dayMs } from '../core/units.ts'
import type { PgAddress } from './postgres.ts'
import { explained } from './refusal.ts'
import { isAddress, placeOf, type S3Access, type S3Credentials } from './s3.ts'

export const pgbackrestNeed: PackageNeed = {
  binary: 'pgbackrest',
  version: { args: ['version'], pattern: /pgBackRest ([\d.]+)/, atLeast: '2.45' },
  packages: ['pgbackrest'],
}

/** By its whole path: PostgreSQL runs it through a shell whose PATH is nobody's business. */
const program = '/usr/bin/pgbackrest'

/** The one cluster of an instance; every member of it archives under this name. */
const stanza = 'edge'

export type PgbackrestPaths = {
  readonly configuration: string
  /** Encrypted, in the order in which they are asked: a directory of this machine, or one that is mounted; or an address. */
  readonly repositories: readonly string[]
  /** How the one that is an address is reached. */
  readonly s3?: S3Access | undefined
  readonly lock: string
  /** What archiving notes of the segments that it is at. */
  readonly spool: string
}

/** Where a repository lies, as pgBackRest is told. Of its own certificate it asks as of any other. */
function whereOf(path: string, s3: S3Access | undefined, credentials: S3Credentials | undefined): readonly string[] {
  if (!isAddress(path)) return [`path=${path}`]
  const { host, port, bucket, folder } = placeOf(path)
  return [
    'type=s3',
    `path=${folder}`,
    `s3-bucket=${bucket}`,
    `s3-endpoint=${host}`,
    `s3-region=${s3?.region ?? ''}`,
    // A server of one's own has no name for each bucket.
    's3-uri-style=path',
    `storage-port=${port}`,
    ...(s3?.ca === undefined ? [] : [`storage-ca-file=${s3.ca}`]),
    `s3-key=${credentials?.id ?? ''}`,
    `s3-key-secret=${credentials?.secret ?? ''}`,
  ]
}

/**
 * `pgbackrest.conf`; holds the repositories' key, and what S3 asks for. Without `pg1-path`: whichever member leads says its
 * own.
 */
export const pgbackrestConfiguration = (
  { repositories, s3, lock, spool }: Pick<PgbackrestPaths, 'repositories' | 's3' | 'lock' | 'spool'>,
  key: string,
  credentials?: S3Credentials,
): string =>
  [
    '[global]',
    ...repositories.flatMap((path, index) => [
      ...whereOf(path, s3, credentials).map((line) => `repo${index + 1}-${line}`),
      `repo${index + 1}-cipher-type=aes-256-cbc`,
      `repo${index + 1}-cipher-pass=${key}`,
      // Expiry is by tier and age, see retention.ts: pgBackRest itself deletes nothing.
      `repo${index + 1}-retention-full=9999999`,
      // An empty cluster has 1,300 files of a few kB: each by itself is a file to sync, or a request to S3.
      `repo${index + 1}-bundle=y`,
    ]),
    'expire-auto=n',
    // It tries again for as long, where nobody answers; a check has to be told sooner.
    ...(s3 ? ['io-timeout=10'] : []),
    'compress-type=lz4',
    'process-max=2',
    'start-fast=y',
    'log-level-file=off',
    'log-level-stderr=off',
    'log-level-console=warn',
    `lock-path=${lock}`,
    `spool-path=${spool}`,
    // One repository that is away holds nothing up in the other one, which gets every segment meanwhile.
    '',
    '[global:archive-push]',
    'archive-async=y',
    // A member that is to end waits for the command: what it left to the background goes on there.
    ...(s3 ? ['archive-timeout=5'] : []),
    '',
    `[${stanza}]`,
    '',
  ].join('\n')

/**
 * What PostgreSQL runs for each segment of its log, in its data directory: so it is right on every member. `data`: where
 * these directories lie; one that was moved or copied from there keeps every segment until it is told where it lies now: in
 * the repository of before nobody would look for it. `traces`: what
 * an instance that has backups leaves in places apart. Only where none of them is there, nobody asked for backups: then
 * nothing is kept back, or the log would fill the disk. One that is left keeps every segment until it is archived.
 */
export const archiveCommand = (
  { configuration }: Pick<PgbackrestPaths, 'configuration'>,
  { data, traces }: { readonly data: string; readonly traces: readonly string[] },
): string => {
  const has = traces.map((path) => `[ -e '${path}' ]`).join(' || ')
  const elsewhere = `echo "$PWD was moved from ${data}: edge deploy" >&2; exit 1`
  const push = `${program} --config=${configuration} --stanza=${stanza} --pg1-path="$PWD" archive-push %p`
  // Not by its name: one of both may be a link.
  return `if ! [ '${data}'/"\${PWD##*/}" -ef . ]; then ${elsewhere}; elif ${has}; then ${push}; fi`
}

/** The server that is backed up, as pgBackRest finds it: it signs in through the socket. */
export type BackedUp = {
  readonly data: string
  readonly port: number
  readonly socket: string
  readonly user: string
  readonly password: string
  /** Parameters with which its sessions begin; see PgAddress. */
  readonly options?: string | undefined
}

/** The member that leads at a moment: as a program of this machine finds it, and its app database for its superuser. */
export type Leader = { readonly server: BackedUp; readonly app: PgAddress }

const serverOptions = ({ data, port, socket, user }: BackedUp): readonly string[] => [
  `--pg1-path=${data}`,
  `--pg1-port=${port}`,
  `--pg1-socket-path=${socket}`,
  `--pg1-user=${user}`,
]

/** Runs one of its commands. Throws OperatorError with the first error that it names. */
export async function pgbackrest(
  world: Pick<World, 'run'>,
  { configuration }: Pick<PgbackrestPaths, 'configuration'>,
  asked: string | readonly [command: string, ...words: string[]],
  given: {
    readonly server?: BackedUp
    readonly options?: readonly string[]
    readonly onLine?: (line: string) => void
    readonly onStart?: (pid: number) => void
    readonly input?: string
    /** Options that this run alone has. Those among its words stand in the commands that it writes down for later, too. */
    readonly environment?: Readonly<Record<`PGBACKREST_${string}`, string>>
  } = {},
): Promise<Ran> {
  const { server, options = [], onLine, onStart, input, environment } = given
  const [command = '', ...words] = typeof asked === 'string' ? [asked] : asked
  const run: RunOptions = {
    timeoutMs: dayMs,
    ...(input === undefined ? {} : { input }),
    env: { ...environment, ...(server ? { PGPASSWORD: server.password, PGOPTIONS: server.options } : {}) },
    ...(onLine ? { onLine } : {}),
    ...(onStart ? { onStart } : {}),
  }
  const where = server ? serverOptions(server) : []
  const ran = await world.run(
    [program, `--config=${configuration}`, `--stanza=${stanza}`, ...where, ...options, command, ...words],
    run,
  )
  if (ran.code === 0) return ran
  throw new OperatorError('pgbackrest', `${command}: ${refusal(ran)}`, [
    'docs/runbooks/backup-failed.md goes through the causes',
  ])
}

/** `ERROR: [055]: …` without its time and process. */
function refusal({ stdout, stderr, code }: Ran): string {
  const lines = `${stdout}\n${stderr}`.split('\n')
  const first = lines.find((line) => /\b(ERROR|ASSERT):/.test(line))
  const text = first?.replace(/^.*?(ERROR|ASSERT): \[\d+\]:?\s*/, '') ?? `ended with ${code ?? 'a signal'}`
  return explained(lines.slice(lines.indexOf(first ?? '')).join('\n'), shortened(text))
}

const backupSchema = z.object({
  label: z.string(),
  type: z.string(),
  error: z.boolean().nullish(),
  annotation: z.record(z.string(), z.string()).nullish(),
  archive: z.object({ start: z.string().nullable(), stop: z.string().nullable() }),
  lsn: z.object({ start: z.string().nullable(), stop: z.string().nullable() }).nullish(),
  timestamp: z.object({ start: z.number(), stop: z.number() }),
  info: z.object({ size: z.number(), repository: z.object({ delta: z.number() }) }),
  /** Which of the clusters that the repository has seen it is of. */
  database: z.object({ id: z.number() }).optional(),
})

const statusSchema = z.object({ code: z.number(), message: z.string() })

const infoSchema = z.array(
  z.object({
    backup: z.array(backupSchema),
    db: z.array(z.object({ id: z.number(), version: z.string() })).optional(),
    repo: z.array(z.object({ status: statusSchema })).optional(),
    status: statusSchema,
  }),
)

/** A backup as the repository itself lists it, oldest first. Times are seconds since 1970. */
export type BackupInfo = z.output<typeof backupSchema> & {
  /** PostgreSQL's major, as the repository has it. */
  readonly version?: string | undefined
}

/** What a repository holds. Throws OperatorError where it cannot be read: it is away, or its key is another one. */
export async function backupsIn(
  world: Pick<World, 'run'>,
  paths: Pick<PgbackrestPaths, 'configuration'>,
  repository = 1,
): Promise<readonly BackupInfo[]> {
  const { stdout } = await pgbackrest(world, paths, 'info', { options: ['--output=json', `--repo=${repository}`] })
  const [found] = infoSchema.parse(JSON.parse(stdout))
  // 1 and 3: nothing of this cluster is there; 2: no valid backups. All else is a repository that cannot be read.
  if (found && ![0, 1, 2, 3].includes(found.status.code)) {
    // Of all repositories together it says `other`.
    const { message } = found.repo?.[0]?.status ?? found.status
    throw new OperatorError('backup', `repository ${repository}: ${explained(message, shortened(message))}`, [
      'is it mounted, and is its key the one that made it?',
    ])
  }
  const { backup = [], db = [] } = found ?? {}
  return backup.map((one) => ({ ...one, version: db.find(({ id }) => id === one.database?.id)?.version }))
}
