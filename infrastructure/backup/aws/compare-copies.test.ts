import { describe, expect, it } from 'vitest'
import { compareItems, type Items } from './items.ts'
import { compareObjects, type Objects } from './objects.ts'
import { compareReadings } from './reading.ts'

const table = (rows: number, sum = `of ${rows}`) => ({ t: { rows, sum } })

describe('a restored database', () => {
  it.each([
    ['nothing changed since it was noted', table(3), table(3), table(3), '3 rows in 1 tables'],
    ['the live one is lost', table(3), table(3), undefined, '3 rows in 1 tables'],
    ['rows of then were deleted since it came back', table(3), table(3), table(1), '3 rows in 1 tables'],
    ['rows of then were deleted before, too', table(5), table(3), table(3), '3 rows in 1 tables'],
    ['a table was dropped by its owner', { ...table(3), gone: { rows: 1, sum: '' } }, table(3), table(3), '3 rows'],
    ['there never was a row', { t: { rows: 0, sum: '0' } }, { t: { rows: 0, sum: '0' } }, undefined, '0 rows'],
    ['a column came since, of which nobody can tell', table(3, 'of before'), table(3), table(3), '3 rows in 1 tables'],
    ['old rows change all the time', table(5), table(3), table(1), 'in 1 tables, 1 of them between'],
  ])('is good where %s', (_when, noted, copy, live, says) => {
    const compared = compareReadings(noted, copy, live)
    expect(compared.wrong).toBeUndefined()
    expect(compared.says).toContain(says)
  })

  it.each([
    ['a table is missing', table(3), {}, table(3), 't is missing'],
    ['a table is missing, and the live one is lost', table(3), {}, undefined, 't is missing'],
    ['it has rows that nobody wrote', table(3), table(4), table(3), 't has 4 rows of then instead of 3'],
    ['it lacks rows that live on', table(3), table(1), table(2), 't lacks 1 rows that are live still'],
    ['a row is another', table(3), table(3, 'other'), table(3), 't has other content in as many rows (3)'],
    ['a row is another, of those that live on', table(5), table(3, 'other'), table(3), 't has other content'],
    [
      'rows are missing, and the live one is not read',
      table(3),
      table(1),
      undefined,
      'has 1 of 3 rows, and nothing live',
    ],
    ['nothing came back', table(3), table(0), table(0), 'no row was compared'],
  ])('is not where %s', (_when, noted, copy, live, wrong) => {
    expect(compareReadings(noted, copy, live).wrong).toContain(wrong)
  })
})

describe('a restored table', () => {
  const before: Items = { '00': [1, '7'], ff: [2, '9'] }
  it('is good where each part that did not change during the backup is as it was', () => {
    expect(compareItems(before, before, before)).toEqual({ compared: 3, says: '3 items' })
    const after: Items = { ...before, ff: [3, '11'] }
    const says = '1 items; 1 of 256 parts changed during the backup and say nothing'
    expect(compareItems(before, { ...before, ff: [9, '1'] }, after)).toEqual({ compared: 1, says })
    expect(compareItems({}, {}, {})).toEqual({ compared: 0, says: 'it was empty, which shows nothing' })
  })

  it('is not where it came back empty, or half empty, though each part changed during the backup', () => {
    const after: Items = { '00': [1, '5'], aa: [3, '1'] }
    const wrong = (copy: Items): string | undefined => compareItems(before, copy, after).wrong
    expect(wrong({})).toBe('0 items came back, of 3 before the backup and 4 after it')
    expect(wrong({ aa: [1, '1'] })).toContain('1 items came back')
    expect(wrong({ aa: [2, '1'] })).toBeUndefined()
    expect(compareItems({ aa: [1, '1'] }, {}, { bb: [1, '1'] }).wrong).toContain('0 items came back')
  })

  it('is not where a part has other items, or none, or one that never was', () => {
    const wrong = (copy: Items, after = before): string | undefined => compareItems(before, copy, after).wrong
    expect(wrong({ ...before, '00': [1, '8'] })).toContain('1 of 256 parts differ')
    expect(wrong({ ff: [2, '9'] })).toBe('2 items instead of 3, or others: 1 of 256 parts differ')
    expect(wrong({ ...before, aa: [1, '1'] })).toContain('4 items instead of 3')
  })

  it('says nothing of a table of which each part changed during the backup, as a small one does', () => {
    const says = '0 items; 3 of 256 parts changed during the backup and say nothing'
    expect(compareItems(before, before, { aa: [1, '1'] })).toEqual({ compared: 0, says })
  })
})

describe('a restored bucket', () => {
  const file = (size: number, tag = `"${size}"`, at = 1) => ({ size, tag, at })
  const live: Objects = new Map([
    ['a', file(1)],
    ['in parts', file(9, '"9-2"')],
    ['later', file(5, '"5"', 200)],
  ])
  const moment = new Date(100)
  const of = (copy: Objects) => compareObjects(live, copy, moment)

  it('is good where each file of then is as it is live; what is younger is not due, and what was deleted may be there', () => {
    const copy: Objects = new Map([
      ['a', file(1)],
      ['in parts', file(9, '"9-5"')],
      ['deleted', file(3)],
    ])
    expect(of(copy)).toEqual({ compared: 2, says: '2 files as they are live, of 3 that came back' })
  })

  it.each([
    ['a is missing', new Map([['in parts', file(9)]])],
    ['a has 2 bytes instead of 1', new Map([['a', file(2)]])],
    ['a has other content of the same size', new Map([['a', file(1, '"other"')]])],
  ])('is not where %s', (says, copy) => {
    expect(of(copy)).toMatchObject({ says, wrong: expect.any(String) })
  })
})
