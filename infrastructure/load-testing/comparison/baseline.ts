import { basename, resolve } from 'node:path'
import { exit, OperatorError } from '../../../src/core/errors.ts'
import { ms } from '../figures.ts'
import { readResult, type Result } from '../result.ts'
import { runNamed } from '../run-named.ts'
import { change } from './compare.ts'
import { kindOf, machineOf, type Run } from './pairs.ts'

/** One run beside one shows what changed, and proves nothing: two runs of one build differ, too. */
export const provesNothing = 'One run beside one decides nothing: edge load-test compare does, by pairs.'

/** A run as it will be, as far as its figures can be set beside those of another. */
export type Planned = Pick<
  Run,
  'scenario' | 'scale' | 'open' | 'requestsPerSecond' | 'users' | 'journeyHash' | 'k6' | 'machine'
>

/**
 * The earlier run that a new one is set beside: by its name, as `edge reports` lists them, or a folder. Throws
 * OperatorError (exit 2) where there is none, or its figures are those of something else.
 */
export async function baselineNamed(
  name: string,
  { planned, here, from }: { readonly planned: Planned; readonly here: readonly Result[]; readonly from: string },
): Promise<Result> {
  const where = `--compare ${name}`
  const found = name.includes('/') ? await readResult(resolve(from, name, 'result.json')) : runNamed(where, name, here)
  if (!found) throw new OperatorError(where, 'is no folder of a run', 'edge reports lists those of here', exit.usage)
  if (found.interrupted || found.verdict === 'invalid') {
    const problem = `measured nothing that a run could be set beside: ${found.reasons[0] ?? found.verdict}`
    throw new OperatorError(where, problem, 'edge reports lists all', exit.usage)
  }
  for (const inWords of [kindOf, machineOf]) {
    const [one, other] = [inWords(found), inWords({ ...found, ...planned })]
    if (one === other) continue
    const said = [`it: ${one}`, `now: ${other}`]
    throw new OperatorError(where, 'is another kind of run, and says nothing about this one', said, exit.usage)
  }
  return found
}

/** What is kept of the earlier run beside the new one's figures. */
export const baselineOf = ({
  directory,
  release,
  versions,
  engines,
  responseTime,
  steps,
}: Result): Result['baseline'] => ({
  run: basename(directory),
  release,
  versions,
  engines,
  p95: responseTime.p95,
  steps: steps.filter(({ requests }) => requests > 0).map(({ name, p95 }) => ({ name, p95 })),
})

/** What it was and is made with, as far as that differs: `Changed since: release r1 → r2.` Empty without an earlier run. */
export function madeOtherwise({ baseline, ...result }: Result): string {
  if (!baseline) return ''
  // Older runs did not note their engines: what is not known has not changed.
  const knowsEngines = [baseline, result].every(({ engines }) => Object.keys(engines).length > 0)
  const madeOf = (run: Pick<Result, 'release' | 'versions' | 'engines'>): Readonly<Record<string, string>> => ({
    release: run.release,
    ...run.versions,
    ...(knowsEngines ? run.engines : {}),
  })
  const [before, now] = [madeOf(baseline), madeOf(result)]
  const changed = Object.keys({ ...before, ...now })
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} ${before[name] ?? '–'} → ${now[name] ?? '–'}`)
  return changed.length === 0 ? 'Made with the same.' : `Changed since: ${changed.join(', ')}.`
}

/** What changed since then: of all requests and of each step, in words. */
export function changesSince(
  result: Result,
): readonly (readonly [of: string, before: string, now: string, by: string])[] {
  const { baseline, steps, responseTime } = result
  if (!baseline) return []
  const row = (of: string, before: number, now: number) => [of, ms(before), ms(now), change(now / before)] as const
  return [
    row('all requests', baseline.p95, responseTime.p95),
    ...steps.flatMap(({ name, p95, requests }) => {
      const before = baseline.steps.find((step) => step.name === name)
      return before && requests > 0 ? [row(name, before.p95, p95)] : []
    }),
  ]
}
