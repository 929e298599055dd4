import { roomNames } from '../../../infrastructure/rooms.ts'
import { type Facts, type Judgement, orNone } from '../../core/check.ts'
import { type Guarantee, showBound } from '../../core/guarantee.ts'
import { tally } from '../../core/verify.ts'
import type { Output } from '../../core/world.ts'
import { asHere } from '../as-here.ts'
import { style } from './style.ts'

const order = { broken: 0, kept: 1, notClaimed: 2 } as const
const nameWidth = 21

/**
 * The table of guarantees: grouped by component, worst first. A broken one takes three lines and says what to do next;
 * a kept one shows what was seen; those that are not claimed are named, with `all` each with its reason. `config` is the
 * configuration that the command line named.
 */
export function guaranteeTable(
  judgements: readonly Judgement[],
  output: Output,
  options: { all: boolean; now: Date; config: unknown },
): string {
  const { bold, dim } = style(output)
  const width = Math.max(60, Math.min(output.columns, 140))
  const groups = roomNames.flatMap((component) => {
    const mine = judgements.filter(({ guarantee }) => guarantee.component === component)
    if (mine.length === 0) return []
    const sums = tally(mine)
    const emulated = mine.some(({ verdict }) => 'evidence' in verdict && verdict.evidence.on === 'emulator')
    const name = emulated ? `${component}, on an emulator, which proves nothing of AWS` : component
    const title = `${bold(name)}${' '.repeat(Math.max(1, 44 - name.length))}${dim(summary(sums))}`
    const shown = mine
      .filter(({ verdict }) => options.all || verdict.is !== 'notClaimed')
      .toSorted((a, b) => order[a.verdict.is] - order[b.verdict.is])
    const lines = shown.flatMap((judgement) => rows(judgement, output, width, options.now))
    return [[title, ...lines, ...(options.all ? [] : namesNotClaimed(mine, output, width))].join('\n')]
  })
  const advice = judgements.flatMap(({ verdict }) => ('next' in verdict ? [verdict.next] : []))
  const reminder = asHere({ config: options.config }, advice)
  return `${[...groups, ...(reminder === undefined ? [] : [`  ${reminder}`])].join('\n\n')}\n`
}

/** Their names alone, in as many lines as they need. */
function namesNotClaimed(judgements: readonly Judgement[], output: Output, width: number): readonly string[] {
  const names = judgements
    .filter(({ verdict }) => verdict.is === 'notClaimed')
    .map(({ guarantee }) => nameOf(guarantee))
  const indent = nameWidth + 4
  const lines: string[] = []
  for (const name of names) {
    const longer = `${lines.at(-1)}, ${name}`
    if (lines.length > 0 && longer.length <= width - indent) lines[lines.length - 1] = longer
    else lines.push(name)
  }
  const { dim } = style(output)
  return lines.map((line, index) => dim(`  ${(index === 0 ? '– not claimed' : '').padEnd(indent - 2)}${line}`))
}

const nameOf = ({ id }: Guarantee): string => id.split('.')[1] ?? id

export function summary({ kept, broken, notClaimed }: ReturnType<typeof tally>): string {
  return `kept ${kept}   broken ${broken}   not claimed ${notClaimed}`
}

function rows(
  { guarantee, verdict, measuredAt }: Judgement,
  output: Output,
  width: number,
  now: Date,
): readonly string[] {
  const { green, red, dim } = style(output)
  const name = nameOf(guarantee).padEnd(nameWidth)
  const room = width - nameWidth - 16
  const bound = showBound(guarantee)
  switch (verdict.is) {
    case 'kept':
      return [
        `  ${green('✓')} ${name}${fit(facts(verdict.evidence.facts), room, output.isTTY)}  ${dim(`${verdict.evidence.how}${ago(measuredAt, now)}`)}`,
      ]
    case 'notClaimed':
      return [`  ${dim('–')} ${name}${dim(fit(verdict.because, room, output.isTTY))}  ${dim('not claimed')}`]
    case 'broken':
      return [
        `  ${red('✗')} ${name}${guarantee.says}`,
        `      because  ${verdict.because}`,
        `      saw      ${facts(verdict.evidence.facts)}${bound === '' ? '' : `  (bound: ${bound})`}`,
        ...(verdict.next === '' ? [] : [`      next     ${verdict.next}`]),
      ]
  }
}

/** Nothing for a verdict of this very run; `4 min ago` for one that stands. */
function ago(measuredAt: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - measuredAt.getTime()) / 60_000)
  return minutes < 1 ? '' : ` ${minutes} min ago`
}

/** What was seen, as one line. */
function facts(seen: Facts): string {
  const all = Object.entries(seen).map(
    ([name, value]) => `${words(name)} ${Array.isArray(value) ? orNone(value.join(', ')) : String(value)}`,
  )
  return all.length === 0 ? 'nothing' : all.join(' · ')
}

/** `verifiedAt` in words; what has blanks is in words already, and `PostgreSQL` in it a name. */
const words = (name: string): string =>
  name.includes(' ') ? name : name.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)

/** Cut to the width of a terminal; in a pipe nothing is lost. */
const fit = (text: string, width: number, cut: boolean): string =>
  cut && text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)
