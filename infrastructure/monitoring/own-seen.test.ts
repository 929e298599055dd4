import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Cause } from '../../src/core/alarm.ts'
import type { Deployed, DrillRecord } from '../../src/core/record.ts'
import { recordsOf } from '../../src/targets/local/records.ts'
import { monitoringSettings } from './settings.ts'
import { deployedAs } from './running-rules.ts'
import { ownDrills } from './drills.ts'
import { ownSeen } from './own-seen.ts'
import { aliveRule, everyAsked, ownRules, type Rule } from './render-rules.ts'

const rules = [...ownRules(monitoringSettings.parse({}), everyAsked), aliveRule]
const ruleOf = (alert: string): Rule => rules.find((one) => one.alert === alert) ?? aliveRule
const routes = 'route: { receiver: everybody }\n'
const nothing: Cause = { begin: async () => undefined, end: async () => undefined }
const causes = Object.fromEntries(
  ['silence', 'agent', 'restarts', 'diskOperations'].map((name) => [name, () => nothing]),
)
const at = '2026-03-01T10:00:12.000Z'

/** What is seen where drills have left these records. */
async function seenWith(...left: readonly (readonly [drill: string, of: Deployed, facts: DrillRecord['facts']])[]) {
  const state = await mkdtemp(join(tmpdir(), 'edge-records-'))
  onTestFinished(() => rm(state, { recursive: true }))
  const records = recordsOf(state)
  for (const [drill, of, facts] of left) await records.keep({ drill, at, facts, took: 1, of })
  return { state, seen: () => ownSeen({ records, routes, causes }, rules) }
}
const declared = 'declared, not seen to ring'
const now = (alert: string): Deployed => deployedAs(ruleOf(alert), routes)

it('has nothing seen on a new instance, names the drill of each that has one, and breaks nothing', async () => {
  const { seen } = await seenWith()
  const { rang, facts, inVain } = await seen()
  expect([rang, inVain, Object.keys(facts)]).toEqual([[], undefined, [declared]])
  expect(facts[declared]).toEqual(
    expect.arrayContaining([
      'silence (edge drill silence)',
      'diskOperations (edge drill disk-operations)',
      'certificate (no drill makes its cause)',
    ]),
  )
  // Each once, but for the one that rings always.
  expect(facts[declared]).toHaveLength(rules.length - 1)
})

it('says when each was seen, and at which boundary', async () => {
  const { seen } = await seenWith(
    ['silence', now('silence'), { scaled: false }],
    ['disk-operations', now('diskOperations'), { scaled: true, boundary: 90 }],
  )
  const { rang, facts } = await seen()
  expect(rang).toEqual(['silence'])
  expect(facts).toMatchObject({
    'seen to ring': ['silence (2026-03-01 10:00 UTC)'],
    'seen at a scaled boundary': ['diskOperations (2026-03-01 10:00 UTC)'],
  })
  expect(facts[declared]).toContain('agent (edge drill agent)')
  expect(facts[declared]).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(silence|diskOperations) /)]))
})

it.each([
  ['rule', deployedAs({ ...ruleOf('restarts'), for: 1 }, routes)],
  ['route', deployedAs(ruleOf('restarts'), `${routes}# another\n`)],
])('takes what was seen under another %s for nothing', async (_, of) => {
  for (const facts of [{ scaled: false }, { failed: 'did not arrive' }]) {
    const { seen } = await seenWith(['restarts', of, facts])
    const { rang, facts: shown, inVain } = await seen()
    expect([rang, inVain]).toEqual([[], undefined])
    expect(shown[declared]).toContain('restarts (edge drill restarts)')
  }
})

it('takes a damaged record for nothing', async () => {
  const { state, seen } = await seenWith(['silence', now('silence'), { scaled: false }])
  expect((await seen()).rang).toEqual(['silence'])
  await writeFile(join(state, 'records', 'silence', '2.json'), '{')
  expect((await seen()).rang).toEqual([])
})

it('names an alarm that was tried in vain, until it is seen', async () => {
  const failed = ['agent', now('agent'), { failed: '"rings" did not arrive within 200 s' }] as const
  const { seen } = await seenWith(['silence', now('silence'), { scaled: false }], failed)
  const { inVain, facts } = await seen()
  expect(inVain).toEqual({
    because: 'when agent was tried: "rings" did not arrive within 200 s',
    again: 'edge drill agent',
  })
  expect(facts['tried in vain']).toHaveLength(1)
  const again = await seenWith(failed, ['agent', now('agent'), { scaled: false }])
  expect(await again.seen()).not.toHaveProperty('inVain')
})

it('is what each drill of these alarms is for', () => {
  expect(ownDrills.flatMap(({ proves }) => proves)).toEqual(ownDrills.map(() => 'monitoring.silence'))
})
