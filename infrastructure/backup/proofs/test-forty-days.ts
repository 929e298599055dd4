// Forty days of backups, their expiry and restores, on the real engines, with a clock that is set from hour to hour. A
// program of its own, as PostgreSQL refuses root: forty-days.long.test.ts runs it, and judges what it writes.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dayMs } from '../../../src/core/units.ts'
import { backupsIn } from '../../../src/engines/pgbackrest.ts'
import { snapshotsIn } from '../../../src/engines/restic.ts'
import { tags } from '../back-up.ts'
import { type Tier, tiers } from '../catalog.ts'
import { checks } from '../checks.ts'
import { makeBackup } from '../make-backup.ts'
import { restoreFiles } from '../restore-files.ts'
import { type Restored, restored } from './test-dated-copy.ts'
import { Dated } from './test-dated.ts'

const [folder = '', port = '', count = ''] = process.argv.slice(2)
const days = Number(count)
const hourMs = 3_600_000
/** Files are kept for less than 40 days, so that some of them go. */
const dated = new Dated(folder, Number(port), { files: { expiry: '20 days' } })
const { backups, world } = dated
/** Tomorrow: what is made by the engines is never older than their files. */
const first = Math.ceil(Date.now() / dayMs) * dayMs
const at = (day: number, hour: number, minute = 0): Date =>
  new Date(first + day * dayMs + hour * hourMs + minute * 60_000)
const quiet = (): void => undefined

/** What the agent makes on a day, by its hours. */
function due(day: number): readonly { readonly hour: number; readonly tier: readonly Tier[] }[] {
  if (day === 0) return [{ hour: 3, tier: tiers }]
  return [
    ...(at(day, 0).getUTCDate() === 1 ? [{ hour: 1, tier: ['monthly'] as const }] : []),
    ...(at(day, 0).getUTCDay() === 0 ? [{ hour: 2, tier: ['weekly'] as const }] : []),
    { hour: 3, tier: ['daily'] as const },
  ]
}

/** `at`: in ms since 1970, as all times here. */
type Made = {
  readonly at: number
  readonly stop: number
  readonly labels: readonly string[]
  readonly tiers: readonly Tier[]
}
const made: Made[] = []

/** What lies in both repositories after something was done: names of backups, times of snapshots. */
type Seen = Awaited<ReturnType<typeof listed>> & {
  readonly day: number
  readonly made?: Made | undefined
  readonly verdicts?: Readonly<Record<string, string>>
}
const seen: Seen[] = []

async function listed() {
  const [one, two] = [
    await backupsIn(world, backups.paths.database, 1),
    await backupsIn(world, backups.paths.database, 2),
  ]
  const times = async (tag: string, which: 0 | 1) =>
    (await snapshotsIn(world, backups.paths.files[which], tag)).map(({ time }) => Date.parse(time))
  return {
    at: world.now().getTime(),
    backups: [one.map(({ label }) => label), two.map(({ label }) => label)],
    files: [await times(tags.files, 0), await times(tags.files, 1)],
    state: [await times(tags.state, 0), await times(tags.state, 1)],
  }
}

async function backUp(tier: readonly Tier[]): Promise<void> {
  const { entry } = await makeBackup(backups, tier, backups.bounds, world, quiet)
  const { labels } = entry.database
  const stop = (await backupsIn(world, backups.paths.database)).find(({ label }) => label === labels[0])?.timestamp.stop
  if (stop === undefined) throw new Error(`${labels[0]} is not there right after it was made`)
  made.push({ at: Date.parse(entry.at), stop: stop * 1000, labels, tiers: tier })
  await dated.dateArchive()
}

const judged = ['daily', 'weekly', 'monthly', 'transactionLogs', 'stateDaily'] as const

async function verdicts() {
  await dated.sql('update edge.heartbeat set at = now()')
  const found: Record<string, string> = {}
  for (const name of judged) {
    const check = checks[name]
    if (typeof check !== 'function') throw new Error(`${name} has no check`)
    const verdict = await check(backups, world)
    found[name] = verdict.is === 'broken' ? verdict.because : verdict.is
  }
  return found
}

const iso = (time: number): string => new Date(time).toISOString()

/** Three backups within ten minutes, and a moment of before them from each repository. */
async function threeBackups(day: number): Promise<readonly Restored[]> {
  const before = iso(at(day, 9, 30).getTime())
  await dated.set(at(day, 10))
  await dated.sql(`insert into days values (${day}, 'ten')`)
  for (const minute of [1, 4, 8]) {
    await dated.set(at(day, 10, minute))
    await backUp(['daily'])
    seen.push({ day, made: made.at(-1), ...(await listed()) })
  }
  return [await restored(dated, `first ${day}`, before, 1), await restored(dated, `second ${day}`, before, 2)]
}

async function live(day: number): Promise<readonly Restored[]> {
  await dated.set(at(day, 0, 30))
  await dated.sql(`insert into days values (${day}, 'morning'); insert into state.sessions values (${day})`)
  await writeFile(join(backups.state, 'uploads', 'letter.txt'), `of day ${day}`)
  for (const { hour, tier } of due(day)) {
    // A minute later from day to day: what is over its time is so by more than a backup takes.
    await dated.set(at(day, hour, day))
    await backUp(tier)
    seen.push({ day, made: made.at(-1), ...(await listed()) })
  }
  await dated.set(at(day, 9))
  await dated.sql(`insert into days values (${day}, 'nine')`)
  const restores = day % 10 === 5 ? await threeBackups(day) : []
  await dated.set(at(day, 12))
  seen.push({ day, verdicts: await verdicts(), ...(await listed()) })
  process.stderr.write(`day ${day}: ${made.length} backups\n`)
  return restores
}

/** Every backup that is still there, by the time at which it was made. */
async function backOfEach(): Promise<readonly Restored[]> {
  const there = await backupsIn(world, backups.paths.database)
  const found: Restored[] = []
  for (const { label, timestamp } of there) found.push(await restored(dated, label, iso(timestamp.stop * 1000)))
  return found
}

/** The file of an earlier day, nearly as old as any is kept. */
async function letterOf(day: number) {
  const into = join(folder, 'files')
  await restoreFiles(backups, { path: 'uploads', to: at(day, 9), folder: into, from: 1 }, world, quiet)
  return { day, text: await readFile(join(into, backups.state, 'uploads', 'letter.txt'), 'utf8') }
}

async function forty() {
  const three: Restored[] = []
  for (let day = 0; day < days; day += 1) three.push(...(await live(day)))
  const dayAgo = await restored(dated, '24 hours ago', iso(world.now().getTime() - dayMs))
  return {
    first,
    made,
    seen,
    three,
    dayAgo,
    each: await backOfEach(),
    letter: await letterOf(days - 20),
    messages: dated.messages,
  }
}
export type FortyDays = Awaited<ReturnType<typeof forty>>

await dated.set(at(0, 0))
process.stdout.write(JSON.stringify(await dated.during(forty)))
