import { expect, it } from 'vitest'
import { allMeasured } from '../compose.ts'
import { alarmsAt } from './alarms.ts'
import { checks, ofRecord, rulesOfSilence } from './checks.ts'
import { everyAsked, ownRules, ruleOf } from './render-rules.ts'
import { monitoringSettings } from './settings.ts'

const settings = monitoringSettings.parse({})
const alarms = alarmsAt(settings, allMeasured)
const rules = [...alarms.map((alarm) => ruleOf(alarm)), ...ownRules(settings, everyAsked)]

it('every rule is looked at by one check: that of its alarm, or that of silence', () => {
  const ofSilence = rulesOfSilence({ rules, alarms }).map(({ alert }) => alert)
  const others = rules.map(({ alert }) => alert).filter((alert) => !ofSilence.includes(alert))
  // Two promises have the name of a rule and look at no rule by themselves.
  const ofAlarms = Object.keys(checks).filter((name) => name !== 'silence' && name !== 'delivery')
  expect(others.toSorted()).toEqual(ofAlarms.toSorted())
  expect(ofSilence).toEqual(expect.arrayContaining(['silence', 'delivery', 'freshness', 'verification']))
})

it('claims of a drill at a scaled boundary no more than that the real one is declared', () => {
  const of = (facts: object) => ofRecord({ at: '2026-01-01T00:00:00.000Z', facts: { ...facts } }, 'again')
  expect(of({ scaled: false })).toMatchObject({ is: 'kept', evidence: { how: 'measured' } })
  expect(of({ scaled: true, boundary: 90, 'promised boundary': 3600 })).toMatchObject({
    is: 'kept',
    evidence: { how: 'declared', facts: { scaled: true, boundary: 90, 'promised boundary': 3600 } },
  })
  expect(of({ scaled: true, failed: 'did not arrive' })).toMatchObject({ is: 'broken', evidence: { how: 'measured' } })
})
