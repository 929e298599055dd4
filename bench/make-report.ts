/**
 * Makes the report of a run that k6 has recorded in a folder, and says how long that took and how much memory the process had
 * at most: `node bench/make-report.ts FOLDER`. A process of its own: memory that another report took is not given back.
 */
import { join } from 'node:path'
import { judge } from '../infrastructure/load-testing/judge.ts'
import { leaveReports } from '../infrastructure/load-testing/leave-reports.ts'
import { example } from '../infrastructure/load-testing/proofs/test-result.ts'
import { readSummary } from '../infrastructure/load-testing/read-summary.ts'
import { watch } from '../infrastructure/load-testing/watch.ts'
import { k6Files } from '../src/engines/k6.ts'
import { expected } from './million-requests.ts'

const [directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('which folder?')

/** What is looked at beside k6 in each second of a run of an instance as it is shipped. */
const engines = [
  'nginx',
  'balancer',
  'api1',
  'api2',
  'haproxy',
  'pgbouncer',
  'pg1',
  'pg2',
  'etcd',
  'agent',
  'k6',
  'others',
]
const ofEach = Object.fromEntries(engines.map((name, at) => [name, at * 1.5]))
const beside = {
  byEngine: ofEach,
  busiestThread: ofEach,
  memory: ofEach,
  eventLoops: { api1: 4, api2: 5 },
  pool: { inUse: 3, most: 100, waiting: 0 },
  behindMs: 12,
  longestMs: 40,
  connections: { open: 30, most: 500 },
  hitPercent: 99.5,
}

const begun = performance.now()
const watching = await watch(join(directory, k6Files.recording), () => undefined)
const { timeline } = await watching.end()
const facts = { ...example, directory, scenario: 'stress', users: 1000, seconds: 1920 } as const
const ended = { exitCode: 0, said: '', othersPercent: undefined, releaseAtEnd: example.release }
const result = judge(await readSummary(join(directory, 'summary.json')), expected, { ...facts, ...ended })
await leaveReports(
  result,
  timeline.map((second) => ({ ...second, ...beside })),
  '',
)
const seconds = (performance.now() - begun) / 1000
process.stdout.write(
  JSON.stringify({ seconds, mebibytes: process.resourceUsage().maxRSS / 1024, points: timeline.length }),
)
