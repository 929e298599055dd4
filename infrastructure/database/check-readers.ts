import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { seconds } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { connect, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { drilled, drills, readersAsDeployed } from './drilled.ts'
import type { DatabaseEndpoint } from './local.ts'
import type { Member } from './members.ts'
import { showsStaleness, tooOld } from './staleness.ts'

/** HAProxy leads one reader after the other to the next member: so many meet each of them. */
const readersPerMember = 2
/** Of the members that answer readers, commits may wait for one: only beside it there is a replica. */
const answerAtLeast = 2
const writes = 5
/** After a start HAProxy hears of a member some seconds later. */
const ledWithinMs = 10_000

const nextFor = (members: readonly string[]): string =>
  `edge deploy database brings it back; ${members.map((name) => `edge logs ${name}`).join(', ')}, edge logs haproxy say why`

/**
 * Signs in as a reader several times, each time by a connection of its own, and looks at who answers: members beside the
 * primary have to, and more than the one that its commits may wait for.
 */
export async function readReplica(endpoint: DatabaseEndpoint, world: World): Promise<Verdict> {
  if (endpoint.settings.replicas === 0) return notClaimed('database.replicas is 0: the standby answers reads')
  const begun = performance.now()
  for (;;) {
    const seen = await whoAnswersReaders(endpoint)
    if (seen.is !== 'broken' || performance.now() - begun > ledWithinMs) return seen
    await world.sleep(500)
  }
}

async function whoAnswersReaders({ addresses, cluster, settings }: DatabaseEndpoint): Promise<Verdict> {
  const { replicas } = settings
  const [direct, pooled] = await Promise.all([
    asReaders((1 + replicas) * readersPerMember, addresses, (client) => whoAnswers(client, addresses)),
    withClient(addresses.appReader, (client) => whoAnswers(client, addresses)),
  ])
  const names = [...new Set(direct.map(({ name }) => name))].toSorted()
  const facts = { replicas, 'answered by': names, 'through the pool': pooled.name, readers: direct.length }
  const primary = direct.find(({ isReplica }) => !isReplica)
  if (primary === undefined && names.length >= answerAtLeast) return kept(measured(facts))
  const whom = primary ? `the primary ${primary.name}` : `${names.join()} alone, the only standby`
  return broken(measured(facts), `no replica answers: readers are led to ${whom}`, nextFor(cluster.members))
}

/**
 * Writes rows through the pool and waits for each on connections of readers, which were led to every member that readers
 * are led to now: how long it takes is how old what they see can be. Counted in time, as bytes say nothing of it.
 */
export async function boundedStaleness(
  { addresses, cluster, settings, records }: DatabaseEndpoint,
  world: World,
): Promise<Verdict> {
  const { maximumLag } = settings.reader
  const others = (1 + settings.replicas) * readersPerMember
  const readers = await Promise.all(Array.from({ length: others }, () => connect(addresses.reader, 'edge-check')))
  try {
    const answering = await Promise.all(readers.map((client) => whoAnswers(client, addresses)))
    const ages: number[] = []
    let late: Member | undefined
    for (let written = 0; written < writes && late === undefined; written += 1) {
      const id = randomUUID()
      await withClient(addresses.edge, (client) => client.query('insert into edge.marker (id) values ($1)', [id]))
      const begun = performance.now()
      const within = begun + maximumLag.milliseconds
      const there = await Promise.all(readers.map((client) => sees(client, id, within, world)))
      ages.push(performance.now() - begun)
      const missed = there.indexOf(false)
      late = missed === -1 ? undefined : answering[missed]?.name
    }
    const oldest = Math.max(...ages)
    const drill = await drilled(records, drills.staleness, readersAsDeployed(cluster, settings), {
      shows: showsStaleness,
      wrong: (seen) => tooOld(seen, maximumLag.milliseconds),
    })
    const facts = {
      oldest: `${oldest.toFixed(oldest < 10 ? 1 : 0)} ms`,
      rows: ages.length,
      'read on': [...new Set(answering.map(({ name }) => name))].toSorted(),
      readers: others,
      ...drill.facts,
    }
    if (late === undefined && drill.problem) return broken(measured(facts), drill.problem.because, drill.problem.next)
    if (late === undefined) return kept(measured(facts))
    const what = `a reader on ${late} does not see a row that was acknowledged ${seconds(maximumLag)} s ago`
    return broken(measured(facts), what, nextFor(cluster.members))
  } finally {
    await Promise.all(readers.map((client) => client.end().catch(() => undefined)))
  }
}

type Answering = { readonly name: Member; readonly isReplica: boolean }

/** Who answers a reader. */
export async function whoAnswers(client: Client, addresses: Addresses): Promise<Answering> {
  const { rows } = await client.query<{ port: number; replica: boolean }>(
    "select current_setting('port')::int as port, pg_is_in_recovery() as replica",
  )
  const [row] = rows
  const found = Object.entries(addresses.members).find(([, { port }]) => port === row?.port)
  if (!row || !found) throw new Error(`a server answers at port ${row?.port} that is none of the members`)
  // Object.entries forgets the names, which are those of the members.
  return { name: found[0] as Member, isReplica: row.replica }
}

const asReaders = <Seen>(count: number, { reader }: Addresses, look: (client: Client) => Promise<Seen>) =>
  Promise.all(Array.from({ length: count }, () => withClient(reader, look, serverAnswersWithinMs)))

async function sees(client: Client, id: string, until: number, world: World): Promise<boolean> {
  for (;;) {
    const { rowCount } = await client.query('select from edge.marker where id = $1', [id])
    if (rowCount === 1) return true
    if (performance.now() > until) return false
    await world.sleep(5)
  }
}
