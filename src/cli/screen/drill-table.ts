import type { DrillRecord } from '../../core/record.ts'
import type { Output } from '../../core/world.ts'
import { columnLines } from './columns.ts'

/** What became of a drill: its record, or why there is none. */
export type Outcome = { readonly name: string; readonly record?: DrillRecord; readonly refused?: string }

/** Alarm, real or scaled, fired after, delivered after, cleared after. */
export function drillTable(outcomes: readonly Outcome[], output: Output): readonly string[] {
  const fact = (name: string) => outcomes.map(({ record }) => String(record?.facts[name] ?? ''))
  const column = (name: string, cells: readonly string[], right = false) => ({ name, cells: [name, ...cells], right })
  const boundary = outcomes.map(({ record }) => (!record ? '' : record.facts['scaled'] === true ? 'scaled' : 'real'))
  return columnLines(
    [
      column(
        'alarm',
        outcomes.map(({ name }) => name),
      ),
      column('boundary', boundary),
      column('fired after', fact('fired after'), true),
      column('delivered after', fact('arrived after'), true),
      column('cleared after', fact('clear after'), true),
      column(
        '',
        outcomes.map(({ refused }) => refused ?? ''),
      ),
    ],
    [],
    output,
  ).map((line) => `  ${line}`)
}
