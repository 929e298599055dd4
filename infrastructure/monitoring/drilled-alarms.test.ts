import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { project } from '../../test/instance.ts'
import { allMeasured, allUndrilled } from '../compose.ts'
import { alarmsAt } from './alarms.ts'
import { drillNameOf } from './drill-name.ts'
import { alarmDrills, ownDrills } from './drills.ts'
import { everyAsked, ownRules } from './render-rules.ts'
import { monitoringSettings } from './settings.ts'

const settings = monitoringSettings.parse({})
const alarms = [
  ...alarmsAt(settings, allMeasured).map(({ name }) => name),
  ...ownRules(settings, everyAsked).map(({ alert }) => alert),
]
const drilled = [...alarmDrills, ...ownDrills].map(({ name }) => name)

it('every alarm of this machine has a drill, or a reason why it has none', () => {
  const all = [...drilled, ...allUndrilled.map(({ name }) => name)]
  expect(all.toSorted()).toEqual(alarms.map(drillNameOf).toSorted())
})

it.each(allUndrilled)('$name, which has no drill, is seen to ring by $seenIn', async ({ name, seenIn }) => {
  const test = await readFile(join(project, seenIn), 'utf8')
  // What rooms measure is tried there by a list of all of them.
  const measured = alarmsAt(settings, allMeasured).some((alarm) => drillNameOf(alarm.name) === name)
  const words = measured ? 'const boundaries = alarms.flatMap(' : alarms.find((one) => drillNameOf(one) === name)
  expect(test).toContain(words)
})

it('each says how long it takes', () => {
  for (const { says } of [...alarmDrills, ...ownDrills]) expect(says).toMatch(/\(\d+ min\)$/)
})
