import { describe, expect, it } from 'vitest'
import { type ActiveAlert, looksAtRules, ringsOn } from './rings-on.ts'

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 29, 2, minutes))
const generatorURL = 'http://machine:9090/graph?g0.expr=vector%281%29&g0.tab=1'
const alert = (alertname: string, more: Partial<ActiveAlert> = {}): ActiveAlert => ({
  labels: { alertname, edge: 'my-app', scaled: 'true' },
  annotations: { means: 'Soon nobody gets in.' },
  generatorURL,
  startsAt: at(0).toISOString(),
  endsAt: at(14).toISOString(),
  ...more,
})

describe('what Alertmanager is told in the place of Prometheus', () => {
  it('is that what rings does so for six minutes more, and nothing else of it is another', () => {
    const shown = { ...alert('connections'), fingerprint: 'f', status: { state: 'suppressed' }, receivers: [] }
    expect(ringsOn([shown], at(10))).toEqual([{ ...alert('connections'), endsAt: at(16).toISOString() }])
  })

  it('is nothing of the alarm that always rings: it says that Prometheus is at work', () => {
    expect(ringsOn([alert('alive')], at(10))).toEqual([])
  })

  it('is nothing of what somebody else told of, who ends it', () => {
    const { generatorURL: _, ...unnamed } = alert('test')
    expect(ringsOn([alert('test', { generatorURL: '' }), unnamed], at(10))).toEqual([])
  })

  it('is no end that is sooner than what was said, as after the clock was put back', () => {
    expect(ringsOn([alert('connections')], at(8))).toEqual([])
    expect(ringsOn([alert('connections')], at(-50))).toEqual([])
  })

  it('is nothing where nothing rings', () => {
    expect(ringsOn([], at(10))).toEqual([])
  })
})

it('takes a Prometheus for one that says nothing when it has looked at its rules for a minute no more, or not yet', () => {
  const groups = (...last: readonly string[]) => ({
    data: { groups: last.map((lastEvaluation) => ({ lastEvaluation })) },
  })
  const never = '0001-01-01T00:00:00Z'
  const looks = (...last: readonly string[]) => looksAtRules(groups(...last), at(10))
  expect(looks('2026-11-29T02:09:45.123456789Z')).toBe(true)
  expect(looks('2026-11-29T02:09:45Z', never)).toBe(true)
  expect(looks('2026-11-29T02:08:59Z')).toBe(false)
  expect(looks(never)).toBe(false)
  expect(looks()).toBe(false)
})
