import { exit, OperatorError } from '../../src/core/errors.ts'
import { inSeconds } from '../../src/core/units.ts'
import type { DatabaseRun } from './verb-run.ts'
import { costliest, type Statement } from './statements.ts'

const shownUsually = 20
const textWidth = 80

/** `top`: the statements that took the most time on all members that answer. */
export const top: DatabaseRun = async ({ addresses, cluster }, world, _positional, options) => {
  const found = await costliest(addresses, cluster.members, countOf(options))
  const notes = found.missing.map(
    ({ member, because }) => `${member} does not answer (${because}): what it has counted is not in here\n`,
  )
  world.stdout.write(
    options['json'] === true
      ? `${JSON.stringify(found, undefined, 2)}\n`
      : `${table(found.statements)}${notes.join('')}`,
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
