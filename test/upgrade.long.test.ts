import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { synchronous } from '../infrastructure/database/kill-primary.ts'
import type { Member } from '../infrastructure/database/members.ts'
import { startReading } from '../infrastructure/database/read-load.ts'
import { addressesIn, clusterIn } from '../infrastructure/database/sabotage.ts'
import { startWriting } from '../infrastructure/database/write-load.ts'
import { withClient } from '../src/engines/postgres.ts'
import { checkOut } from './earlier-release.ts'
import { project, runEdge, TestInstance } from './instance.ts'
import { leaveReport } from './long-report.ts'
import { hands } from './sabotaged.ts'

/** Earlier releases, each with the Patroni that it brought up. */
const releases = [
  { tag: 'v0.2.0', commit: '84d09b743d6598b619ee60d9558bf0a770ece7d1', patroni: '3.0.2' },
  { tag: 'v0.2.1', commit: '162e245ae845562611c2561ad2cd5fcf7334eea2', patroni: '4.1.5' },
] as const
const clients = 8
const rows = 10_000
const acknowledgesWithinMs = 60_000
/** An HAProxy that was told to read its configuration anew cuts after 30 s what went through the one before. */
const untilOldConnectionsEndMs = 40_000

async function secretsOf({ state }: TestInstance): Promise<ReadonlyMap<string, string>> {
  const folder = join(state, 'secrets')
  const names = (await readdir(folder)).filter((name) => name !== 'pgpass')
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  )
}

describe.each(releases)('an instance of $tag', (before) => {
  let instance: TestInstance
  let earlier: Awaited<ReturnType<typeof checkOut>>

  beforeAll(async () => {
    // As it is shipped: the members are restarted to archive their log, and the first backup is made under load.
    instance = await TestInstance.make('backup: undefined, monitoring: undefined,')
    const clone = join(instance.folder, 'earlier')
    earlier = await checkOut(before, clone)
    // With the replica that the shipped configuration has.
    const ours = (await readFile(instance.file, 'utf8')).replace('  database: { replicas: 0 },\n', '')
    // Its own app, and what its own production.config.ts says.
    await writeFile(instance.file, ours.replaceAll(project, clone))
    const ran = await runEdge(['up', '--no-load-test', '--config', instance.file], { door: earlier.door })
    // On a busy machine a check of its own may take too long; what counts is that it is up.
    if (!ran.stdout.includes('all says why of each'))
      throw new Error(`${before.tag}: edge up ended with ${ran.code}\n${ran.stderr}\n${ran.stdout}`)
    await writeFile(instance.file, ours)
  })
  afterAll(async () => {
    await instance.remove()
    earlier.remove()
  })

  test('is changed over to what is deployed today, without a failed request or a lost row', async () => {
    const its = await hands(instance)
    const [addresses, cluster] = [addressesIn(its), clusterIn(its)]
    /** What the running ones say of themselves, not what lies on the disk. */
    const versions = (members: readonly Member[]) =>
      Promise.all(
        members.map(async (member) => {
          const url = cluster.restApi[member]
          // Patroni's own page.
          const page = (await (await fetch(`${url}/patroni`)).json()) as { patroni: { version: string } }
          return page.patroni.version
        }),
      )
    // By the writers' door: the earlier release has none for sessions yet.
    const owner = { ...addresses.owner, port: addresses.superuser.port }
    const asOwner = (sql: string) => withClient(owner, (client) => client.query<{ sum: string }>(sql))
    await asOwner(`create table public.kept as select n, md5(n::text) as value from generate_series(1, ${rows}) n`)
    const sum = async () => (await asOwner("select md5(string_agg(value, '' order by n)) as sum from public.kept")).rows
    const [sumBefore, secretsBefore, statusBefore] = [await sum(), await secretsOf(instance), await instance.status()]
    expect(await versions(['pg1', 'pg2'])).toEqual([before.patroni, before.patroni])

    const writing = await startWriting({ ...addresses.edge, database: 'app' }, clients)
    const reading = startReading(addresses.appReader, 'select count(*) from public.kept', clients)
    await writing.acknowledges(200, acknowledgesWithinMs)
    const begun = performance.now()
    const ran = await instance.edge(['up', '--no-load-test'])
    const upMs = Math.round(performance.now() - begun)
    const end = begun + upMs + untilOldConnectionsEndMs
    while (performance.now() < end) await writing.acknowledges(1, acknowledgesWithinMs)
    const [written, read] = [await writing.stop(), await reading.stop()]

    const { acknowledged, lost } = written
    const longestGapMs = Math.round(written.longestGapMs)
    const failed = [...written.errors, ...read.errors]
    await leaveReport(`upgrade-${before.tag}`, {
      from: before.tag,
      acknowledged,
      lost,
      read: read.answered,
      failed,
      longestGapMs,
      upMs,
    })
    expect({ lost, failed }).toEqual({ lost: 0, failed: [] })
    // While it was measured under load a check may have taken too long; what counts is what is there now.
    if (ran.code === 2) throw new Error(`edge up: ${ran.stderr}\n${ran.stdout}`)
    expect(await versions(cluster.members)).toEqual(['4.1.5', '4.1.5', '4.1.5'])
    expect(await sum()).toEqual(sumBefore)
    const secretsAfter = [...(await secretsOf(instance))].filter(([name]) => secretsBefore.has(name))
    expect(new Map(secretsAfter)).toEqual(secretsBefore)
    const { addresses: addressesAfter } = await instance.status()
    expect(addressesAfter).toMatchObject(statusBefore.addresses)
    await synchronous(addresses, cluster)
    const broken = [...(await instance.verify()).values()].filter(({ verdict }) => verdict === 'broken')
    expect(broken).toEqual([])
  })

  test('has nothing to change after that', async () => {
    const { stdout } = await instance.edge(['deploy', 'database', '--yes', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ changed: 0 })
  })
})
