import { expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { silence } from './silence.ts'
import { mayHold } from './silences.ts'

const matcher = (name: string, value: string, isEqual = true, isRegex = false) => ({ name, value, isEqual, isRegex })

it.each([
  [[matcher('alertname', 'connections')], true],
  [[matcher('alertname', 'replicaLag')], false],
  [[matcher('alertname', 'replicaLag', false)], true],
  [[matcher('alertname', 'connections', false)], false],
  [[matcher('alertname', 'conn.*', true, true)], true],
  [[matcher('edge', 'production')], true],
  [[matcher('edge', 'production'), matcher('alertname', 'replicaLag')], false],
])('takes %j for one that may hold the connections back: %s', (matchers, holds) => {
  expect(mayHold({ matchers }, 'connections')).toBe(holds)
})

const running = { rules: [{ alert: 'replicaLag' }, { alert: 'connections' }] }

it.each([
  [['replica-lga', '2h'], { why: 'x' }, 'there is no alarm "replica-lga"'],
  [['replica-lag'], { why: 'x' }, 'nobody knows for how long'],
  [['replica-lag', 'soon'], { why: 'x' }, '"soon" is not a time'],
  [['replica-lag', '8 days'], { why: 'x' }, '8 days is not between a moment and 7 days'],
  [['replica-lag', '0 s'], { why: 'x' }, '0 s is not between a moment and 7 days'],
  [['replica-lag', '2h'], {}, 'nobody knows why'],
  [['replica-lag', '2h'], { why: ' ' }, 'nobody knows why'],
])('refuses %j with %j: %s', async (positional, options, message) => {
  // It is refused before anything but the names of the rules is looked at.
  const endpoint = running as unknown as Parameters<typeof silence>[0]
  await expect(silence(endpoint, testWorld().world, positional, options)).rejects.toMatchObject({
    where: 'silence',
    message,
    exitCode: 2,
  })
})
