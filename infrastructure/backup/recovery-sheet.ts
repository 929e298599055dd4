import { dirname } from 'node:path'
import { z } from 'zod'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { parsedJson } from '../../src/targets/local/files.ts'
import type { Backups } from './backups.ts'

const schema = z.object({
  instance: z.string(),
  madeAt: z.iso.datetime(),
  edge: z.string(),
  /** Programs by their names, with the versions that wrote the repositories. */
  programs: z.record(z.string(), z.string()),
  state: z.string(),
  /** Folders of the repositories, the first one first. */
  repositories: z.array(z.string()).min(2),
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
  about: Omit<Sheet, 'state' | 'repositories' | 'key'>,
): Sheet {
  const repositories = paths.database.repositories.map((path) => dirname(path))
  const { backup: _, ...secrets } = about.secrets
  return { ...about, secrets, state, repositories, key: paths.files[0].key }
}

const begin = '-----BEGIN EDGE RECOVERY SHEET-----'
const end = '-----END EDGE RECOVERY SHEET-----'

/** For a person, and at its end for `edge up --from-sheet`. */
export function sheetText(sheet: Sheet): string {
  const { instance, madeAt, edge, programs, state, repositories, configuration } = sheet
  const [first = '', second = ''] = repositories
  return `Recovery sheet of ${instance}, made at ${madeAt}

With this sheet and one of its repositories the site comes back on an empty machine. Whoever has both can read all data:
keep it where neither the machine nor a repository is.

repositories   1  ${first}
               2  ${second}
state          ${state}
versions       edge ${edge}, ${Object.entries(programs)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}

With edge, on a Debian 12 machine:

  1. Get edge ${edge}. Save the configuration that ends this sheet as production.config.ts, where yours is lost, too.
  2. Mount the disk that has a repository, so that it lies where the configuration says.
  3. sudo ./edge up --from-sheet THIS_FILE --from second      (or: --from first)
  4. sudo ./edge verify; sudo ./edge backup recovery-sheet --out NEW_FILE

Without edge, by the programs alone; KEY is the key below:

  export PGBACKREST_REPO1_CIPHER_PASS=KEY RESTIC_PASSWORD=KEY
  pgbackrest --stanza=edge --repo1-path=${second}/database --repo1-cipher-type=aes-256-cbc info
  pgbackrest --stanza=edge --repo1-path=${second}/database --repo1-cipher-type=aes-256-cbc \\
    --pg1-path=/srv/restored --archive-mode=off restore      (starts with PostgreSQL ${programs['PostgreSQL'] ?? 15}, and recovers to the end of the logs)
  restic --repo ${second}/files restore latest --tag files --target /srv/files

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
