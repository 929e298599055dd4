import { expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import type { DrillRecord } from '../../core/record.ts'
import { drillTable } from './drill-table.ts'

const record = (drill: string, facts: DrillRecord['facts']): DrillRecord => ({ drill, at: '', took: 0, of: {}, facts })
const after = (fired: string, arrived: string, clear: string) => ({
  'fired after': fired,
  'arrived after': arrived,
  'clear after': clear,
})

it('says of each alarm whether its boundary was the real one, and after what time who knew', () => {
  const outcomes = [
    { name: 'connections', record: record('connections', { scaled: false, ...after('17.1 s', '22.9 s', '31.4 s') }) },
    { name: 'free-storage', record: record('free-storage', { scaled: true, ...after('21.0 s', '26.2 s', '9.4 s') }) },
    { name: 'site-down', refused: 'databaseCpu rings: this instance is in trouble already' },
  ]
  expect(drillTable(outcomes, testWorld().world.stdout)).toEqual([
    '  alarm         boundary  fired after  delivered after  cleared after',
    '  connections   real           17.1 s           22.9 s         31.4 s',
    '  free-storage  scaled         21.0 s           26.2 s          9.4 s',
    '  site-down                                                            databaseCpu rings: this instance is in trouble already',
  ])
})
