import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { topOf } from '../infrastructure/load-testing/scenarios/stages.ts'
import { project, TestInstance } from '../test/instance.ts'
import type { Bench, Part } from './part.ts'
import { result } from './result.ts'

/** So much of the document's nine minutes: a hundred seconds with all of its hundred users. */
const scale = 1 / 3
const samples = 10
const hook = join(project, 'bench/query-times.ts')

/** As shipped, with the load of the document's scenario: how long the app waits for each of its queries. */
async function queries(bench: Bench): Promise<void> {
  const instance = await TestInstance.make()
  const file = join(instance.state, 'uploads/query-times')
  const environment = JSON.stringify({ NODE_OPTIONS: `--import ${hook}`, QUERY_TIMES: file })
  await instance.configure(`database: undefined, monitoring: undefined, backup: undefined,
  site: { ...production.site, api: { ...production.site.api, environment: ${environment} } },`)
  try {
    await instance.must('up', '--no-load-test')
    bench.say('a load of 100 users')
    const ran = await instance.must('load-test', 'load', '--scale', String(scale), '--json')
    const { startedAt }: { readonly startedAt: string } = JSON.parse(ran.stdout)
    const seconds = noted(await readFile(file, 'utf8'))
    const top = topOf('load', scale)
    if (!top) throw new Error('the scenario has no top')
    const length = ((top.to - top.from) * 1000) / samples
    const p95s = Array.from({ length: samples }, (_, index) => {
      const from = Date.parse(startedAt) + top.from * 1000 + index * length
      return p95(seconds.filter(({ at }) => at >= from && at < from + length).flatMap(({ times }) => times))
    })
    bench.found(result('queries of the app at 100 users, 95th percentile', 'ms', { atMost: 5 }, p95s))
  } finally {
    await instance.remove()
  }
}

export const parts: readonly Part[] = [{ name: 'queries', measure: queries }]

type Noted = { readonly at: number; readonly times: readonly number[] }

const noted = (text: string): readonly Noted[] =>
  text
    .trim()
    .split('\n')
    // What the hook writes; see query-times.ts.
    .map((line) => JSON.parse(line) as Noted)

function p95(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  const found = sorted[Math.ceil(sorted.length * 0.95) - 1]
  if (found === undefined) throw new Error('the app asked the database for nothing')
  return found
}
