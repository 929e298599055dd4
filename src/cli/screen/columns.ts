import type { Column } from '../../core/screen.ts'
import type { Output } from '../../core/world.ts'

const gap = '  '

/**
 * Lines whose cells stand under each other. A line that wraps stands under nothing: on a terminal columns are left out
 * until it fits, in the order of `leastNeeded`; in a pipe nothing is lost. A column without any text takes no place.
 */
export function columnLines(
  columns: readonly Column[],
  leastNeeded: readonly string[],
  output: Output,
): readonly string[] {
  const shown = fitting(
    columns.filter(({ cells }) => cells.some((cell) => cell !== '')),
    leastNeeded,
    output.isTTY ? output.columns : Number.POSITIVE_INFINITY,
  )
  const widths = shown.map(widthOf)
  return (columns[0]?.cells ?? []).map((_, line) =>
    shown
      .map(({ cells, right, paint = (text) => text }, index) => {
        const [cell, width] = [cells[line] ?? '', widths[index] ?? 0]
        return paint(right === true ? cell.padStart(width) : cell.padEnd(width))
      })
      .join(gap)
      .trimEnd(),
  )
}

const widthOf = ({ cells }: Column): number => Math.max(...cells.map(({ length }) => length))

function fitting(columns: readonly Column[], leastNeeded: readonly string[], room: number): readonly Column[] {
  const width = columns.reduce((sum, column) => sum + widthOf(column) + gap.length, -gap.length)
  const [first, ...others] = leastNeeded
  if (width <= room || first === undefined) return columns
  return fitting(
    columns.filter(({ name }) => name !== first),
    others,
    room,
  )
}
