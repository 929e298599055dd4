import { expect, it } from 'vitest'
import { type Ringing, tell, type ToldAlert } from './ringing.ts'

const hour = 3_600_000
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 29, 2, minutes))
const alert = (status: ToldAlert['status'], fingerprint = 'a'): ToldAlert => ({
  status,
  fingerprint,
  labels: { alertname: 'connections' },
  annotations: { means: 'Soon nobody gets in.', value: '419', look: 'edge status' },
  startsAt: at(0).toISOString(),
})
const says = (ringing: Ringing, alerts: readonly ToldAlert[], minutes: number) => {
  const told = tell(ringing, alerts, at(minutes), 4 * hour)
  return { ringing: told.ringing, says: told.notifications.map((one) => one.says) }
}

it('tells once that an alarm rings, and once that it is over', () => {
  const first = says({}, [alert('firing')], 1)
  expect(first.says).toEqual(['rings: Soon nobody gets in. (measured: 419)'])
  const again = says(first.ringing, [alert('firing')], 2)
  expect(again.says).toEqual([])
  const over = says(again.ringing, [alert('resolved')], 3)
  expect(over).toEqual({ ringing: {}, says: ['all clear: Soon nobody gets in.'] })
})

it('tells of what is new in a group, and of that alone', () => {
  const { ringing } = says({}, [alert('firing')], 1)
  expect(says(ringing, [alert('firing'), alert('firing', 'b')], 2).says).toHaveLength(1)
})

it('reminds of what still rings after the configured time', () => {
  const { ringing } = says({}, [alert('firing')], 1)
  expect(says(ringing, [alert('firing')], 241).says).toEqual(['still rings: Soon nobody gets in. (measured: 419)'])
})

it('says nothing of the end of what it never told of', () => {
  expect(says({}, [alert('resolved')], 1).says).toEqual([])
})

it('has the place among the guarantees that the rule says', () => {
  const aged = { ...alert('firing'), annotations: { id: 'backup.freshness', means: 'No backup.', value: '1' } }
  expect(tell({}, [aged], at(1), hour).notifications.map(({ id }) => id)).toEqual(['backup.freshness'])
})

it('says what to look at', () => {
  expect(tell({}, [alert('firing')], at(1), hour).notifications).toEqual([
    { at: at(1).toISOString(), id: 'monitoring.connections', says: expect.any(String), next: 'edge status' },
  ])
})
