import { expect, it } from 'vitest'
import type { Column } from '../../core/screen.ts'
import { columnLines } from './columns.ts'

const columns: readonly Column[] = [
  { name: 'id', cells: ['one', 'eleven'] },
  { name: 'size', cells: ['8 B', '12 kB'], right: true },
  { name: 'who', cells: ['me', ''] },
  { name: 'api', cells: ['', ''] },
]
const lines = (width: number, isTTY = true) =>
  columnLines(columns, ['who', 'size'], { write: () => undefined, isTTY, columns: width })

it('stands what belongs together under each other, and leaves out what nobody has', () => {
  expect(lines(80)).toEqual(['one       8 B  me', 'eleven  12 kB'])
})

it('leaves out on a terminal what is needed least, and no more than it must', () => {
  expect(lines(17)).toEqual(['one       8 B  me', 'eleven  12 kB'])
  expect(lines(16)).toEqual(['one       8 B', 'eleven  12 kB'])
  expect(lines(12)).toEqual(['one', 'eleven'])
})

it('loses nothing in a pipe', () => {
  expect(lines(12, false)).toEqual(lines(80))
})
