// Backups that are killed while they let others expire, each followed by one that is left alone. A program of its own, as
// PostgreSQL refuses root: expiry-killed.long.test.ts runs it, and judges what it writes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { dayMs } from '../../../src/core/units.ts'
import { backupsIn } from '../../../src/engines/pgbackrest.ts'
import { restic, snapshotsIn } from '../../../src/engines/restic.ts'
import { tags } from '../back-up.ts'
import { readRepositories } from '../read-repositories.ts'
import { isGood } from '../retention.ts'
import { restored } from './test-dated-copy.ts'
import { dayEach, Dated } from './test-dated.ts'

const [folder = '', port = '', count = ''] = process.argv.slice(2)
const points = Number(count)
const dated = new Dated(folder, Number(port), dayEach)
const { backups, world } = dated
const hourMs = 3_600_000
/** Longer than anything is kept, and no time of which edge would think that the clock is wrong. */
const everyMs = 70 * hourMs
const first = Math.ceil(Date.now() / dayMs) * dayMs
let number = 0

/** Begins the next backup, of a database and of files that have changed; answers when it comes to the expiry, and how to end it. */
async function begin() {
  number += 1
  const at = first + number * everyMs
  await dated.set(new Date(at - hourMs))
  await dated.sql(`insert into days values (${number}, 'before'); insert into state.sessions values (${number})`)
  await writeFile(join(backups.state, 'uploads', 'letter.txt'), `of backup ${number}`)
  await dated.set(new Date(at))
  const program = join(import.meta.dirname, 'test-expiring.ts')
  const child = spawn(process.execPath, [program, folder, port, new Date(at).toISOString()], {
    // What it started is killed with it, as by a power cut.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) if (line === 'expiry') break
  return { at, number, child, ended }
}

/** A backup that is left alone; answers how long its expiry took, in ms. */
async function whole(): Promise<number> {
  const { child, ended } = await begin()
  const begun = performance.now()
  await ended
  if (child.exitCode !== 0) throw new Error(`backup ${number} ended with ${child.exitCode}`)
  await dated.dateArchive()
  return performance.now() - begun
}

async function listed() {
  const databases = [
    await backupsIn(world, backups.paths.database, 1),
    await backupsIn(world, backups.paths.database, 2),
  ]
  // A snapshot carries whole seconds, and may be of the one before.
  const numberOf = (at: number): number => Math.floor((at - first + hourMs) / everyMs)
  const snapshots = async (tag: string) =>
    Promise.all(
      backups.paths.files.map(async (files) =>
        (await snapshotsIn(world, files, tag)).map(({ time }) => numberOf(Date.parse(time))),
      ),
    )
  return {
    good: databases.map((all) => all.filter(isGood).map(({ timestamp }) => numberOf(timestamp.stop * 1000))),
    bad: databases.flat().filter((one) => !isGood(one)).length,
    files: await snapshots(tags.files),
    state: await snapshots(tags.state),
  }
}

const locks = async (): Promise<readonly string[]> =>
  (await Promise.all(backups.paths.files.map(({ path }) => readdir(join(path, 'locks'))))).flat()

/** Kills a backup at a part of the time that its expiry takes, and makes the next one. */
async function killedAt(part: number, tookMs: number) {
  const running = await begin()
  await Promise.race([wait(tookMs * part), running.ended])
  const isAtWork = running.child.exitCode === null
  if (isAtWork) process.kill(-(running.child.pid ?? 0), 'SIGKILL')
  await running.ended
  await dated.dateArchive()
  const [left, after] = [await locks(), await listed()]
  // Out of the backup before it: that and its logs were to stay.
  const copy = await restored(dated, `backup ${running.number}`, new Date(running.at - hourMs / 2).toISOString())
  await whole()
  const next = { number, locks: await locks(), ...(await listed()) }
  process.stderr.write(`${part}: ${isAtWork ? 'killed' : 'had ended'}\n`)
  return { number: running.number, isAtWork, locks: left, after, copy, next }
}

async function killedAtEach() {
  const took: number[] = []
  for (let time = 0; time < 4; time += 1) took.push(await whole())
  // Those of the first two had nothing to take away; one may have waited for a busy machine.
  const usual = Math.min(...took.slice(2))
  const killed: Awaited<ReturnType<typeof killedAt>>[] = []
  for (let point = 0; point < points; point += 1) killed.push(await killedAt((point + 0.5) / points, usual))
  const { facts, problem } = await readRepositories(backups, world, () => undefined)
  for (const files of backups.paths.files) await restic(world, files, ['check', '--read-data'])
  return { took, killed, second: facts['secondRepository'], problem, messages: dated.messages }
}
export type ExpiryKilled = Awaited<ReturnType<typeof killedAtEach>>

await dated.set(new Date(first))
process.stdout.write(JSON.stringify(await dated.during(killedAtEach)))
