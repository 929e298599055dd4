// A page of the database that is damaged while backups of it are due; damaged-page.long.test.ts runs it, and judges what it
// writes. A program of its own, as PostgreSQL refuses root.
import { messageOf, OperatorError } from '../../../src/core/errors.ts'
import { dayMs } from '../../../src/core/units.ts'
import { backupsIn, pgbackrest } from '../../../src/engines/pgbackrest.ts'
import { snapshotsIn } from '../../../src/engines/restic.ts'
import { tags } from '../back-up.ts'
import { failedSince } from '../figures.ts'
import { makeBackup } from '../make-backup.ts'
import { flip } from './test-damage.ts'
import { restored } from './test-dated-copy.ts'
import { dayEach, Dated } from './test-dated.ts'

const [folder = '', port = ''] = process.argv.slice(2)
const dated = new Dated(folder, Number(port), dayEach)
const { backups, world } = dated
const hourMs = 3_600_000
const first = Math.ceil(Date.now() / dayMs) * dayMs
let number = 0

/** The next backup, at which the two before it are over their time; answers what it came to. */
async function backUp(): Promise<string> {
  number += 1
  await dated.set(new Date(first + number * 70 * hourMs))
  const said = await makeBackup(backups, ['daily'], backups.bounds, world, () => undefined).then(
    ({ expired }) => `made, ${expired.backups} expired`,
    (error: unknown) => [messageOf(error), ...(error instanceof OperatorError ? error.hints : [])].join(' | '),
  )
  await dated.dateArchive()
  return said
}

async function listed() {
  const of = async (repository: 1 | 2) =>
    (await backupsIn(world, backups.paths.database, repository)).map(({ error }) => (error === true ? 'bad' : 'good'))
  const files = await Promise.all(backups.paths.files.map((one) => snapshotsIn(world, one, tags.files)))
  return {
    first: await of(1),
    second: await of(2),
    files: files.map(({ length }) => length),
    failed: Object.keys(await failedSince(backups)),
  }
}

/** Amid the rows of a page: pgBackRest goes by the number in the head, and takes a page with a later one for a new one. */
const amid = 3 * 8192 + 5000

/** The file of a table, as it lies there: nobody has any of it in memory that would be written over it. */
async function fileOf(table: string): Promise<string> {
  // With its rows frozen no reader changes a page.
  await dated.sql(`vacuum (freeze) ${table}`)
  await dated.sql('checkpoint')
  const [row] = await dated.sql(
    `select current_setting('data_directory') || '/' || pg_relation_filepath('${table}') as path`,
  )
  return String(row?.['path'])
}

async function damagedPage() {
  await dated.sql("create table damaged as select repeat('x', 100) as text from generate_series(1, 10000)")
  await dated.sql("insert into days values (1, 'before')")
  const made = [await backUp(), await backUp(), await backUp()]
  const before = await listed()
  const file = await fileOf('damaged')
  await flip(file, amid)
  const failed = [await backUp(), await backUp()]
  const during = await listed()
  const info = await pgbackrest(world, backups.paths.database, 'info', { options: ['--output=json', '--repo=1'] })
  const copy = await restored(dated, 'before the damage', new Date(first + 3.5 * 70 * hourMs).toISOString())
  await flip(file, amid)
  const next = [await backUp(), await backUp()]
  return {
    made,
    before,
    failed,
    during,
    info: info.stdout,
    copy,
    next,
    after: await listed(),
    messages: dated.messages,
  }
}
export type DamagedPage = Awaited<ReturnType<typeof damagedPage>>

await dated.set(new Date(first))
process.stdout.write(JSON.stringify(await dated.during(damagedPage)))
