import { basename, join } from 'node:path'
import { markdownOf } from '../../infrastructure/load-testing/markdown.ts'
import { type Result, resultsIn, trialInWords } from '../../infrastructure/load-testing/result.ts'
import { readTimeline } from '../../infrastructure/load-testing/timeline.ts'
import { exit, type ExitCode, OperatorError } from '../core/errors.ts'
import type { VerbRun } from '../core/verb.ts'
import type { Output, World } from '../core/world.ts'
import { columnLines } from './screen/columns.ts'
import { openExisting } from './session.ts'
import { words } from '../core/options.ts'

/** Lists what load tests left, or shows one of them. */
export const reports: VerbRun = async (world, positional, options) => {
  const { instance } = await openExisting(world, options)
  const results = await resultsIn(join(instance.state, 'load-tests'))
  const [named, ...more] = words(positional)
  if (more.length > 0) throw new OperatorError('reports', 'shows one run at a time', 'edge reports last', exit.usage)
  const isJson = options['json'] === true
  if (named !== undefined) return showOne(runNamed(named, results), isJson, world)
  if (isJson) world.stdout.write(`${JSON.stringify({ reports: results }, undefined, 2)}\n`)
  else if (results.length === 0) world.stdout.write('no load test was made yet: edge load-test smoke\n')
  else world.stdout.write(`${lines(results, world.stdout).join('\n')}\n`)
  return exit.ok
}

async function showOne(result: Result, isJson: boolean, { stdout }: World): Promise<ExitCode> {
  if (isJson) stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
  else {
    const text = markdownOf(result, await readTimeline(result.directory))
    stdout.write(`${text}\nthe page: ${join(result.directory, 'report.html')}\n`)
  }
  return exit.ok
}

/** Throws OperatorError (exit 2) where there is none of that name, or several. */
function runNamed(name: string, results: readonly Result[]): Result {
  const found =
    name === 'last' ? results.slice(0, 1) : results.filter(({ directory }) => basename(directory).startsWith(name))
  const [only] = found
  if (only && found.length === 1) return only
  const what = only ? `means ${found.length} runs` : 'is no run that was brought to its end'
  throw new OperatorError(`reports ${name}`, what, 'edge reports lists all', exit.usage)
}

function lines(results: readonly Result[], output: Output): readonly string[] {
  const of = (cell: (result: Result) => string) => results.map(cell)
  return columnLines(
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
    output,
  )
}
