import { basename, join } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { words } from '../../src/core/options.ts'
import type { Screen } from '../../src/core/screen.ts'
import type { InstanceVerb } from '../../src/core/verb.ts'
import type { Output } from '../../src/core/world.ts'
import type { LoadTestingEndpoint } from './endpoint.ts'
import { markdownOf } from './markdown.ts'
import { type Result, trialInWords } from './result.ts'
import { runNamed } from './run-named.ts'
import { readTimeline } from './timeline.ts'

type Run = Awaited<ReturnType<InstanceVerb<LoadTestingEndpoint>['load']>>

/** Lists what load tests left, or shows one of them. */
export const reports: Run = async (endpoint, { stdout }, positional, options, screen) => {
  const results = await endpoint.results()
  const [named, ...more] = words(positional)
  if (more.length > 0) throw new OperatorError('reports', 'shows one run at a time', 'edge reports last', exit.usage)
  const isJson = options['json'] === true
  if (named !== undefined) await showOne(runNamed(`reports ${named}`, named, results), isJson, stdout)
  else if (isJson) stdout.write(`${JSON.stringify({ reports: results }, undefined, 2)}\n`)
  else if (results.length === 0) stdout.write('no load test was made yet: edge load-test smoke\n')
  else showAll(results, screen)
  return exit.ok
}

async function showOne(result: Result, isJson: boolean, stdout: Output): Promise<void> {
  if (isJson) stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
  else {
    const text = markdownOf(result, await readTimeline(result.directory))
    stdout.write(`${text}\nthe page: ${join(result.directory, 'report.html')}\n`)
  }
}

function showAll(results: readonly Result[], screen: Screen): void {
  const of = (cell: (result: Result) => string) => results.map(cell)
  screen.columns(
    [
      { name: 'run', cells: of(({ directory }) => basename(directory)) },
      { name: 'verdict', cells: of(({ interrupted, verdict }) => (interrupted ? 'interrupted' : verdict)) },
      { name: 'users', cells: of(({ users }) => `${users} users`), right: true },
      { name: 'p95', cells: of(({ responseTime }) => `p95 ${Math.round(responseTime.p95)} ms`), right: true },
      {
        name: 'errors',
        cells: of(({ errorPercent }) => `errors ${Math.round(errorPercent * 10) / 10} %`),
        right: true,
      },
      { name: 'release', cells: of(({ release }) => release) },
      { name: 'trial', cells: of((result) => (trialInWords(result) === undefined ? '' : 'a trial')) },
    ],
    ['release', 'errors', 'trial', 'users'],
  )
}
