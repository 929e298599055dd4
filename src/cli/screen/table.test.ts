import { expect, it } from 'vitest'
import { broken, kept, measured, notClaimed } from '../../core/check.ts'
import { guarantees } from '../../core/guarantee.ts'
import { duration } from '../../core/units.ts'
import { guaranteeTable } from './table.ts'

const promised = guarantees('cdn', {
  staticCaching: {
    says: 'JavaScript and CSS are cached for a year.',
    source: 'document',
    atLeast: duration('365 days'),
  },
  compression: { says: 'Every type is compressed.', source: 'document' },
  worldwide: { says: 'From everywhere.', source: 'document' },
})
const now = new Date('2026-01-02T03:04:05Z')
const output = { write: () => undefined, isTTY: false, columns: 100 }
const judged = [
  {
    guarantee: promised.compression,
    verdict: kept(measured({ files: 7, br: '15 kB' })),
    measuredAt: now,
    milliseconds: 1,
  },
  {
    guarantee: promised.worldwide,
    verdict: notClaimed('one machine has one location'),
    measuredAt: now,
    milliseconds: 1,
  },
  {
    guarantee: promised.staticCaching,
    verdict: broken(measured({ cacheControl: 'max-age=600' }), 'it may be kept for less', 'edge deploy cdn'),
    measuredAt: now,
    milliseconds: 1,
  },
]
const lines = (all: boolean, at = now): readonly string[] =>
  guaranteeTable(judged, output, { all, now: at, config: undefined }).trimEnd().split('\n')

it('shows what is broken first, with what was seen, the bound, and what to do', () => {
  expect(lines(false)).toEqual([
    'cdn                                         kept 1   broken 1   not claimed 1',
    '  ✗ staticCaching        JavaScript and CSS are cached for a year.',
    '      because  it may be kept for less',
    '      saw      cache control max-age=600  (bound: ≥ 365 days)',
    '      next     edge deploy cdn',
    '  ✓ compression          files 7 · br 15 kB                                               measured',
    '  – not claimed          worldwide',
  ])
})

it.each([
  ['nothing at all', {}, 'nothing  (bound: ≥ 365 days)'],
  ['a header that was not sent', { cacheControl: '', on: '2 files' }, 'cache control none · on 2 files'],
  ['a list with nothing in it', { statuses: [], errors: 4 }, 'statuses none · errors 4'],
  ['a list of headers that were not sent', { control: ['', 'no-store'] }, 'control none, no-store'],
])('tells in a word that %s was seen', (_, seen, line) => {
  const verdict = broken(measured(seen), 'it may be kept for less', 'edge deploy cdn')
  const judgement = { guarantee: promised.staticCaching, verdict, measuredAt: now, milliseconds: 1 }
  expect(guaranteeTable([judgement], output, { all: false, now, config: undefined })).toContain(
    `      saw      ${line}`,
  )
})

it('names what is not claimed, with the reason, when all are asked for', () => {
  expect(lines(true).at(-1)).toBe(
    '  – worldwide            one machine has one location                                     not claimed',
  )
})

it('reminds of the configuration that was named, where a command is advised', () => {
  const table = (config: string) => guaranteeTable(judged, output, { all: false, now, config }).trimEnd()
  expect(table('a.config.ts')).toMatch(/\n {2}with --config a\.config\.ts each time, as here$/)
})

it('says how old a verdict is that stands from an earlier run', () => {
  expect(lines(false, new Date(now.getTime() + 4 * 60_000)).at(-2)).toMatch(/measured 4 min ago$/)
})

it('says in the heading what is seen on an emulator, and proves nothing of the real service', () => {
  const verdict = kept({ ...measured({ files: 7 }), on: 'emulator' })
  const emulated = [{ guarantee: promised.compression, verdict, measuredAt: now, milliseconds: 1 }]
  expect(guaranteeTable(emulated, output, { all: false, now, config: undefined })).toMatch(
    /^cdn, on an emulator, which proves nothing of AWS +kept 1/,
  )
})

it('puts a fact that is one word into words, and leaves one that is words already', () => {
  const seen = { verifiedAt: 'noon', 'sockets of PostgreSQL': 'closed' }
  const judgement = {
    guarantee: promised.compression,
    verdict: kept(measured(seen)),
    measuredAt: now,
    milliseconds: 1,
  }
  expect(guaranteeTable([judgement], output, { all: false, now, config: undefined })).toContain(
    'verified at noon · sockets of PostgreSQL closed',
  )
})
