import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { databaseAlarms } from './alarms.ts'
import type { DatabaseEndpoint } from './local.ts'

/** What is measured is asked for every 15 s: what is older than this, nobody asks for any more. */
const freshForSeconds = 60
const window = '2m'
/** Two looks make a rate. Prometheus that was started a moment ago, as where ports move, has had none, or one: it is not waited for. */
const youngForSeconds = 60

type FigureOf = (typeof databaseAlarms)[number]['promise']
type Figure = {
  readonly of: FigureOf
  /** What is scraped: each series of it has to be fresh. */
  readonly source: string
  readonly shows: (value: number) => string
}

const each = (unit: string) => (value: number) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`

/** What the document has watched closely: processors, memory, disk, connections, and how far replicas are behind. */
const figures: Readonly<Record<string, Figure>> = {
  cpu: { of: 'databaseCpu', source: 'edge_database_cpu_seconds_total', shows: each('%') },
  'free memory': {
    of: 'freeableMemory',
    source: 'node_memory_MemAvailable_bytes',
    shows: (bytes) => `${(bytes / 1024 ** 2).toFixed(0)} MB`,
  },
  reads: { of: 'readIops', source: 'node_disk_reads_completed_total', shows: each('a second') },
  writes: { of: 'writeIops', source: 'node_disk_writes_completed_total', shows: each('a second') },
  connections: { of: 'connections', source: 'pg_stat_activity_count', shows: (count) => String(count) },
  'replica lag': { of: 'replicaLag', source: 'edge_heartbeat_age_seconds', shows: (lag) => `${lag.toFixed(2)} s` },
}

const expressionOf = ({ of }: Figure): string =>
  databaseAlarms.find(({ promise }) => promise === of)?.local.expression(window) ?? ''

type Seen = {
  readonly name: string
  readonly source: string
  readonly value: number | undefined
  readonly ageSeconds: number | undefined
}

/** Asks Prometheus for each figure as the alarms have it, and for when its sources were last asked. */
export async function monitoring(
  { figures: measuredNow }: Pick<DatabaseEndpoint, 'figures'>,
  { now }: Pick<World, 'now'>,
): Promise<Verdict> {
  if (!measuredNow) return notClaimed('monitoring is switched off here (monitoring.enabled)')
  const next = 'edge deploy monitoring starts what measures; edge logs prometheus, edge logs postgres-exporter say more'
  const look = (): Promise<readonly Seen[]> =>
    Promise.all(
      Object.entries(figures).map(async ([name, figure]) => {
        const [value, ageSeconds] = await Promise.all([
          measuredNow.now(expressionOf(figure)),
          measuredNow.now(`time() - min(timestamp(${figure.source}))`),
        ])
        return { name, source: figure.source, value, ageSeconds }
      }),
    )
  try {
    const upFor = (now().getTime() - (await measuredNow.startedAt()).getTime()) / 1000
    const seen = await look()
    const facts = Object.fromEntries(
      seen.map(({ name, value }) => [name, value === undefined ? 'none' : (figures[name]?.shows(value) ?? '')]),
    )
    const ages = seen.flatMap(({ ageSeconds }) => (ageSeconds === undefined ? [] : [ageSeconds]))
    const evidence = measured({ ...facts, 'oldest figure': `${Math.max(0, ...ages).toFixed(0)} s` })
    const wrong = wrongOf(seen)
    if (wrong === undefined) return kept(evidence)
    if (upFor < youngForSeconds)
      return notClaimed(`Prometheus was started ${upFor.toFixed(0)} s ago, and has not asked everybody twice`)
    return broken(evidence, wrong, next)
  } catch (error) {
    return broken(measured({}), `Prometheus does not answer: ${messageOf(error)}`, next)
  }
}

/** The first figure that nobody measures now, in words. */
function wrongOf(seen: readonly Seen[]): string | undefined {
  const silent = seen.find(({ value, ageSeconds }) => value === undefined || ageSeconds === undefined)
  if (silent) return `nobody measures ${silent.name} (${silent.source})`
  const old = seen.find(({ ageSeconds }) => !(Number(ageSeconds) < freshForSeconds))
  return old && `${old.name} was measured ${Number(old.ageSeconds).toFixed(0)} s ago for the last time`
}
