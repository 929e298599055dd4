import { expect, test } from 'vitest'
import { migrated, type Shape } from './replace-state.ts'

const shape = (tables: Readonly<Record<string, readonly string[]>>): Shape =>
  Object.entries(tables).flatMap(([table, columns]) =>
    columns.map((column) => ({ table, column: `${table}.${column} text` })),
  )
const restored = shape({ sessions: ['id', 'account'], notes: ['id'] })

test.each([
  ['nothing', { sessions: ['id', 'account'], notes: ['id'] }, undefined],
  ['a table was dropped', { sessions: ['id', 'account'] }, undefined],
  ['all tables were dropped', {}, undefined],
  ['a column was added', { sessions: ['id', 'account', 'more'], notes: ['id'] }, 'sessions.more text'],
  ['a column was dropped', { sessions: ['id'], notes: ['id'] }, 'sessions.account text'],
  ['a table was added', { sessions: ['id', 'account'], notes: ['id'], other: ['id'] }, 'other.id text'],
])('where %s since, a migration has changed: %s', (_, live, what) => {
  expect(migrated(restored, shape(live))).toBe(what)
})
