import { writeFile } from 'node:fs/promises'
import { textOption } from '../core/options.ts'
import { resolve } from 'node:path'
import { exit, messageOf, OperatorError } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { componentsNamed } from './components.ts'
import { report } from './report.ts'
import { openTarget } from './target.ts'
import type { VerbRun } from '../core/verb.ts'
import { asHere } from './as-here.ts'

/** What a deployment would change; with `--out` also in a file that `edge deploy` takes. */
export const plan: VerbRun = async (world, positional, options) => {
  const target = await openTarget(world, options)
  const planned = await target.plan({ named: componentsNamed(positional), skipped: [] })
  const out = textOption(options, 'out')
  if (out !== undefined) await writePlan(out, planned.file, world)
  const code = report(planned, world, options)
  if (out !== undefined && options['json'] !== true) world.stdout.write(`\n${writtenTo(out, options['config'])}\n`)
  return code
}

/** What became of `--out`, with what is typed next. */
export function writtenTo(out: string, config: unknown): string {
  const next = `edge deploy --target aws ${out} does that, and no more`
  return [`written to ${out}; ${next}`, asHere({ config }, [next])].filter((line) => line !== undefined).join('\n')
}

async function writePlan(out: string, planned: object | undefined, { cwd }: Pick<World, 'cwd'>): Promise<void> {
  await writeFile(resolve(cwd, out), `${JSON.stringify(planned, undefined, 2)}\n`).catch((error: unknown) => {
    const hint = 'name a file in a folder that is there, and that you may write to: --out plan.json'
    throw new OperatorError('--out', `cannot be written: ${messageOf(error)}`, hint, exit.usage)
  })
}
