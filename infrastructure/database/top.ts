import { exit, OperatorError } from '../../src/core/errors.ts'
import { inSeconds } from '../../src/core/units.ts'
import type { InstanceVerb } from '../../src/core/verb.ts'
import type { DatabaseEndpoint } from './local.ts'
import { costliest, type Statement } from './statements.ts'

const shownUsually = 20
const textWidth = 80

type Run = Awaited<ReturnType<InstanceVerb<DatabaseEndpoint>['load']>>

/** `top`: the statements that took the most time on all members. */
export const top: Run = async ({ addresses, cluster }, world, positional, options) => {
  const [what] = positional
  if (what !== 'top')
    throw new OperatorError('database', `"${String(what ?? '')}" is unknown`, 'edge database top', exit.usage)
  const found = await costliest(addresses, cluster.members, countOf(options))
  world.stdout.write(
    options['json'] === true ? `${JSON.stringify({ statements: found }, undefined, 2)}\n` : table(found),
  )
  return exit.ok
}

function countOf({ count }: Readonly<Record<string, unknown>>): number {
  if (count === undefined) return shownUsually
  const asked = Number(count)
  if (Number.isInteger(asked) && asked > 0) return asked
  throw new OperatorError(
    '--count',
    `"${String(count)}" is no number of statements`,
    'edge database top --count 50',
    exit.usage,
  )
}

function table(statements: readonly Statement[]): string {
  const head = `${'share'.padStart(7)}${'total'.padStart(12)}${'calls'.padStart(10)}${'mean'.padStart(12)}${'from disk'.padStart(12)}  statement\n`
  const rows = statements.map(({ share, total, calls, mean, blocksRead, text }) => {
    const cells = [
      `${(share * 100).toFixed(1)} %`.padStart(7),
      milliseconds(total).padStart(12),
      String(calls).padStart(10),
      milliseconds(mean).padStart(12),
      `${((blocksRead * 8) / 1024).toFixed(1)} MB`.padStart(12),
    ]
    return `${cells.join('')}  ${oneLine(text)}\n`
  })
  return head + rows.join('')
}

const milliseconds = (value: number): string =>
  value < 1000 ? `${value.toFixed(value < 10 ? 2 : 0)} ms` : inSeconds(value)

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > textWidth ? `${line.slice(0, textWidth - 1)}…` : line
}
