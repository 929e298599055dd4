import { spawnSync } from 'node:child_process'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'
import { appOf, upWithoutClock } from '../infrastructure/backup/proofs/test-instance.ts'
import { addressesIn } from '../infrastructure/database/sabotage.ts'
import { loadTesting } from '../infrastructure/load-testing/guarantees.ts'
import { withClient } from '../src/engines/postgres.ts'
import { TestInstance } from '../test/instance.ts'
import type { Sabotaged } from '../test/sabotage.ts'
import { fillDatabase, writeUploads } from './backup-data.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { noSamples, result } from './result.ts'

const bytes = 1e9
/** A round copies, backs up, restores and verifies 1 GB: ten of them would take longer than anyone waits. */
const rounds = 5

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

/** An instance that makes backups when it is told to, and does what is asked with it. */
async function withInstance(use: (instance: TestInstance, on: Sabotaged) => Promise<void>): Promise<void> {
  const instance = await TestInstance.make('backup: undefined,')
  try {
    await use(instance, await upWithoutClock(instance))
  } finally {
    await instance.remove()
  }
}

/** Copies the files of a folder, and answers how long that took alone, and until all of them were on the disk. */
async function copied(instance: TestInstance, from: string, ...but: readonly string[]) {
  const to = join(instance.folder, 'copied')
  const run = (command: string): number => {
    const begun = performance.now()
    const ran = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
    if (ran.status !== 0) throw new Error(`${command} ended with ${ran.status}: ${ran.stderr}`)
    return (performance.now() - begun) / 1000
  }
  await rm(to, { recursive: true, force: true })
  const names = but.map((name) => `! -name ${name}`).join(' ')
  const cp = run(`mkdir '${to}' && cd '${from}' && find . -mindepth 1 -maxdepth 1 ${names} -exec cp -a -t '${to}' {} +`)
  const sync = run(`find '${to}' -type f -exec sync {} +`)
  await rm(to, { recursive: true, force: true })
  return { cp, synced: cp + sync }
}

/** 1 GB of rows: a full backup and a restore against a copy of the same files, a verification against a restore. */
const ofDatabase = (bench: Bench): Promise<void> =>
  withInstance(async (instance, on) => {
    const { superuser } = addressesIn(on)
    await withClient(appOf(on), (client) => fillDatabase(client, bytes, bench.say))
    const data = await withClient(superuser, async (client): Promise<string> => {
      return (await client.query("select current_setting('data_directory') as folder")).rows[0].folder
    })
    const into = join(instance.state, 'restored')
    const ratios = {
      backup: noSamples(),
      backupOfTwo: noSamples(),
      restore: noSamples(),
      synced: noSamples(),
      verification: noSamples(),
    }
    await inRounds(
      bench,
      rounds,
      async (counts) => {
        const { cp, synced } = await copied(instance, data, 'pg_wal')
        const { synced: syncedAgain } = await copied(instance, data, 'pg_wal')
        const backup = await seconds(() => instance.must('backup', 'now'))
        const restore = await seconds(async () => {
          const { stdout } = await instance.must('restore', 'database', '--into', into, '--json')
          const answered = JSON.parse(stdout).answeredAfter / 1000
          if (!counts) return
          ratios.restore.push(answered / cp)
          ratios.synced.push(answered / synced)
        })
        await rm(into, { recursive: true })
        const verification = await seconds(() => instance.must('backup', 'verify'))
        bench.say(JSON.stringify({ cp, synced, syncedAgain, backup, restore, verification }))
        if (!counts) return
        ratios.backup.push(backup / synced)
        ratios.backupOfTwo.push(backup / (synced + syncedAgain))
        ratios.verification.push(verification / restore)
      },
      1,
    )
    bench.found(
      result('full backup of 1 GB, both copies, against cp and fsync of it', '×', { atMost: 2 }, ratios.backup),
    )
    bench.found(result('the same against two such copies, as it makes two', '×', { atMost: 2 }, ratios.backupOfTwo))
    bench.found(result('restore of it to the first answer against cp', '×', { atMost: 1.5 }, ratios.restore))
    bench.found(result('the same against cp and fsync, as a restore writes', '×', { atMost: 1.5 }, ratios.synced))
    bench.found(result('verification of it against its restore', '×', { atMost: 3 }, ratios.verification))
  })

/** 1 GB of uploads that are new, and the same again with one more. */
const ofFiles = (bench: Bench): Promise<void> =>
  withInstance(async (instance) => {
    const uploads = join(instance.state, 'uploads')
    const { uid, gid } = await stat(instance.state)
    const ratios: number[] = []
    await inRounds(bench, rounds, async () => {
      await writeUploads(uploads, bytes)
      spawnSync('chown', ['-R', `${uid}:${gid}`, uploads])
      const first = await seconds(() => instance.must('backup', 'now', 'files'))
      await writeFile(join(uploads, 'one-more.txt'), 'one more')
      const again = await seconds(() => instance.must('backup', 'now', 'files'))
      bench.say(JSON.stringify({ first, again }))
      ratios.push(again / first)
    })
    bench.found(result('1 GB of files that are unchanged against the first time', '×', { atMost: 0.1 }, ratios))
  })

const users = 100
const routes = ['/', '/api/sports', '/api/games?sport=nba&day=2015-01-02']

/** What users who think between two pages wait for at most, in 19 of 20 cases, until something has come to its end. */
async function p95(origin: string, ca: string, until: Promise<unknown>): Promise<number> {
  const pool = new Pool(origin, { connections: users, pipelining: 1, allowH2: false, connect: { ca } })
  const [least, most] = loadTesting.thinkTime.between.map(({ milliseconds }) => milliseconds)
  const think = (): number => (least ?? 0) + Math.random() * ((most ?? 0) - (least ?? 0))
  const waited: number[] = []
  let ended = false
  const over = until.finally(() => (ended = true))
  const user = async (index: number): Promise<void> => {
    for (let page = index; ; page += 1) {
      await Promise.race([wait(page === index ? Math.random() * (most ?? 0) : think()), over])
      if (ended) return
      const begun = performance.now()
      const path = routes[page % routes.length] ?? '/'
      const { statusCode, body } = await pool.request({ method: 'GET', path })
      await body.dump()
      if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`)
      waited.push(performance.now() - begun)
    }
  }
  await Promise.all([over, ...Array.from({ length: users }, (_, index) => user(index))])
  await pool.close()
  return waited.toSorted((one, other) => one - other)[Math.floor(waited.length * 0.95)] ?? 0
}

/** Pages at 100 users while 1 GB is backed up, against the same time without. */
const besideApp = (bench: Bench): Promise<void> =>
  withInstance(async (instance, on) => {
    await withClient(appOf(on), (client) => fillDatabase(client, bytes, bench.say))
    const { addresses, certificateAuthority } = await instance.status()
    const ca = await readFile(certificateAuthority, 'utf8')
    const ratios: number[] = []
    await inRounds(
      bench,
      rounds,
      async (counts) => {
        let took = 0
        const during = await p95(
          addresses.site,
          ca,
          seconds(() => instance.must('backup', 'now')).then((time) => (took = time)),
        )
        const without = await p95(addresses.site, ca, wait(took * 1000))
        bench.say(JSON.stringify({ took, during, without }))
        if (counts) ratios.push(during / without)
      },
      1,
    )
    bench.found(result('p95 of 100 users while 1 GB is backed up, against without', '×', { atMost: 1.3 }, ratios))
  })

/** What a first `edge up` takes longer where backups are made. */
async function firstBackup(bench: Bench): Promise<void> {
  const up = async (change: string): Promise<number> => {
    const instance = await TestInstance.make(change)
    try {
      return await seconds(() => instance.must('up', '--no-load-test'))
    } finally {
      await instance.remove()
    }
  }
  const more: number[] = []
  await inRounds(bench, 2 * rounds, async () => {
    more.push((await up('backup: undefined,')) - (await up('')))
  })
  bench.found(result('the first backup and its verification, added to edge up', 's', { atMost: 15 }, more))
}

export const parts: readonly Part[] = [
  { name: 'backup of a database', measure: ofDatabase },
  { name: 'backup of files', measure: ofFiles },
  { name: 'the app while a backup runs', measure: besideApp },
  { name: 'the first backup', measure: firstBackup },
]
