import { dirname } from 'node:path'
import { z } from 'zod'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { parsedJson } from '../../src/targets/local/files.ts'
import { isAddress, placeOf } from '../../src/engines/s3.ts'
import { resticPlace } from '../../src/engines/restic.ts'
import { sftpCommand } from '../../src/engines/sftp.ts'
import type { Backups } from './backups.ts'
import { overlap } from './which-repository.ts'

const schema = z.object({
  instance: z.string(),
  madeAt: z.iso.datetime(),
  edge: z.string(),
  /** Of edge's clone: the version is that of the last release, and what runs may be newer. */
  clone: z.object({ commit: z.string(), from: z.string().optional(), isChanged: z.boolean() }).optional(),
  /** Programs by their names, with the versions that wrote the repositories. */
  programs: z.record(z.string(), z.string()),
  state: z.string(),
  /** Folders of the repositories, the first one first. */
  repositories: z.array(z.string()).min(2),
  /** Of a repository in a bucket. Its credentials are not in here: who has both could not be kept out of either. */
  s3: z.object({ region: z.string(), credentialsFile: z.string(), ca: z.string().optional() }).optional(),
  /** Of copies of the files that lie over SFTP. Its key is not in here either. */
  secondFiles: z.string().optional(),
  sftp: z.object({ keyFile: z.string(), knownHosts: z.string() }).optional(),
  /** Opens every repository. */
  key: z.string().min(1),
  /** The other secrets of the instance, by their names: clients, and rows of the database, know them. */
  secrets: z.record(z.string(), z.string()),
  configuration: z.object({ file: z.string(), text: z.string() }),
})

/** All that is needed to bring a site back where nothing but a repository is left. Holds the key. */
export type Sheet = Readonly<z.output<typeof schema>>

export function sheetOf(
  { paths, state }: Pick<Backups, 'paths' | 'state'>,
  about: Omit<Sheet, 'state' | 'repositories' | 'key' | 's3' | 'secondFiles' | 'sftp'>,
): Sheet {
  const repositories = paths.database.repositories.map((path) => dirname(path))
  const { backup: _, ...secrets } = about.secrets
  const { s3 } = paths.database
  const { path, sftp } = paths.files[1]
  const overSftp = sftp ? { secondFiles: dirname(path), sftp } : {}
  return { ...about, secrets, state, repositories, ...(s3 ? { s3 } : {}), ...overSftp, key: paths.files[0].key }
}

const begin = '-----BEGIN EDGE RECOVERY SHEET-----'
const end = '-----END EDGE RECOVERY SHEET-----'

const exports = 'export PGBACKREST_REPO1_CIPHER_PASS=KEY RESTIC_PASSWORD=KEY'

/** What brings it back where there is no edge: lines for a shell. */
function byProgramsAlone({ repositories: [, second = ''], s3, secondFiles, sftp, programs }: Sheet): string {
  const inBucket = isAddress(second) ? placeOf(second) : undefined
  const options = inBucket
    ? [
        '--repo1-type=s3',
        `--repo1-s3-endpoint=${inBucket.host}`,
        `--repo1-storage-port=${inBucket.port}`,
        `--repo1-s3-bucket=${inBucket.bucket}`,
        `--repo1-s3-region=${s3?.region}`,
        '--repo1-s3-uri-style=path',
        ...(s3?.ca === undefined ? [] : [`--repo1-storage-ca-file=${s3.ca}`]),
        `--repo1-path=${inBucket.folder === '/' ? '' : inBucket.folder}/database`,
      ]
    : [`--repo1-path=${second}/database`]
  const database = [
    'pgbackrest --stanza=edge --no-config --log-level-file=off',
    ...options,
    '--repo1-cipher-type=aes-256-cbc',
  ].join(' ')
  const authority = s3?.ca === undefined ? '' : ` --cacert ${s3.ca}`
  const inSecond = inBucket
    ? `restic --repo s3:${second}/files -o s3.region=${s3?.region} -o s3.bucket-lookup=path${authority}`
    : `restic --repo ${second}/files`
  // For a shell: the words of ssh are one of restic's.
  const files =
    secondFiles !== undefined && sftp
      ? `restic --repo ${resticPlace(`${secondFiles}/files`)} -o 'sftp.command=${sftpCommand(secondFiles, sftp)}'`
      : inSecond
  const credentials = `export PGBACKREST_REPO1_S3_KEY=ID PGBACKREST_REPO1_S3_KEY_SECRET=SECRET AWS_ACCESS_KEY_ID=ID AWS_SECRET_ACCESS_KEY=SECRET
`
  return `Without edge, by the programs alone; KEY is the key below${inBucket ? `, ID and SECRET open the bucket (they were in ${s3?.credentialsFile})` : ''}:

  ${exports}
${inBucket ? `  ${credentials}` : ''}  ${database} info
  ${database} \\
    --pg1-path=/srv/restored --archive-mode=off restore      (starts with PostgreSQL ${programs['PostgreSQL'] ?? 15}, and recovers to the end of the logs)
  ${files} restore latest --tag files --target /srv/files

Where PostgreSQL says "is not a child of this server's history", the newest backup is of a time that a restore took away:
the same with --set=LABEL, of an earlier one that info lists.`
}

/** What a new machine needs before it reaches the repositories. */
const waysTo = ({ repositories: [, second = ''], secondFiles }: Sheet): readonly string[] => [
  ...(isAddress(second) ? [] : ['Mount the disk that has a repository, so that it lies where the configuration says.']),
  ...(isAddress(second) || secondFiles !== undefined
    ? ["sudo ./edge prepare makes the engines' user. The files that follow belong to it, with mode 0600."]
    : []),
  ...(isAddress(second)
    ? ['Write the credentials of the bucket into the file that the configuration names (backup.s3.credentialsFile).']
    : []),
  ...(secondFiles === undefined
    ? []
    : ['Put a key that opens the place of the files, and the host keys of its server, where it says (backup.sftp).']),
]

const edgeOf = ({ edge, clone }: Sheet): string => {
  if (!clone) return edge
  const from = clone.from === undefined ? '' : ` of ${clone.from}`
  return `${edge} (commit ${clone.commit}${from}${clone.isChanged ? ', and what is not committed' : ''})`
}

/** What is wrong with a sheet whose repositories are lost together with the site, in words. */
export function sharedLoss({ state, repositories, secondFiles }: Sheet): string | undefined {
  if (!repositories.every((path) => overlap(state, path))) return undefined
  const which = secondFiles === undefined ? '' : ' of the database'
  return `both repositories${which} lie on this machine's disk and are lost with it: set backup.secondRepository`
}

/** For a person, and at its end for `edge up --from-sheet`. */
export function sheetText(sheet: Sheet): string {
  const { instance, madeAt, programs, state, repositories, secondFiles, configuration } = sheet
  const edge = edgeOf(sheet)
  const warning = sharedLoss(sheet)
  const [first = '', second = ''] = repositories
  return `Recovery sheet of ${instance}, made at ${madeAt}

With this sheet and one of its repositories the site comes back on an empty machine. Whoever has both can read all data:
keep it where neither the machine nor a repository is.

repositories   1  ${first}
               2  ${second}${secondFiles === undefined ? '' : `; its files: ${secondFiles}`}
state          ${state}${warning === undefined ? '' : `\nWARNING        ${warning}`}
versions       edge ${edge}, ${Object.entries(programs)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}

With edge, on a Debian 12 machine:

  1. Get edge ${edge}. Save the configuration that ends this sheet as production.config.ts, where yours is lost, too.
  2. ${waysTo(sheet).join('\n     ')}
  3. sudo ./edge up --from-sheet THIS_FILE --from second      (or: --from first)
  4. sudo ./edge verify; sudo ./edge backup recovery-sheet --out NEW_FILE

${byProgramsAlone(sheet)}

${begin}
${JSON.stringify({ ...sheet, configuration: undefined }, undefined, 1)}
${end}

${configuration.file}:

${configuration.text}`
}

const readable = schema.omit({ configuration: true })

/** What `edge up --from-sheet` reads of a sheet. */
export type ReadSheet = Readonly<z.output<typeof readable>>

/** Throws OperatorError where a text is no whole sheet. */
export function readSheet(text: string, file: string): ReadSheet {
  const [from, until] = [text.indexOf(begin), text.indexOf(end)]
  const block = from === -1 || until < from ? undefined : text.slice(from + begin.length, until)
  const sheet = block === undefined ? undefined : parsedJson(block, readable)
  if (sheet) return sheet
  throw new OperatorError(
    '--from-sheet',
    `${file} is no whole recovery sheet`,
    `edge backup recovery-sheet --out FILE writes one; the lines from ${begin} to ${end} have to be there`,
    exit.usage,
  )
}
