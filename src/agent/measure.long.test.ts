import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import { allDrills } from '../../infrastructure/compose.ts'
import { latestVerdicts } from './history.ts'

const drilledGuarantees: readonly string[] = allDrills.flatMap(({ every, proves }) => (every ? proves : []))

/** The pool's own times are 30 s and 5 min. */
const measuredWithin = { timeout: 9 * 60_000, interval: 5000 }

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make()
  await instance.must('up', '--no-load-test')
})
afterAll(() => instance.remove())

/** By what evidence the newest verdicts are kept that a drill measures; a verdict that is not kept is shown instead. */
async function evidence() {
  const verdicts = (await latestVerdicts(instance.state)).filter(({ id }) => drilledGuarantees.includes(id))
  return Object.fromEntries(
    verdicts.map(({ id, verdict, evidence: seen, because }) => [id, verdict === 'kept' ? seen?.how : because]),
  )
}
const all = (how: string) => Object.fromEntries(drilledGuarantees.map((id) => [id, how]))

test('measures by itself what is only declared on an instance that was just brought up', async () => {
  expect(await evidence()).toEqual(all('declared'))
  const { edit, reload } = await hands(instance)
  await edit('engines/agent/agent.json', (text) => JSON.stringify({ ...JSON.parse(text), looksEveryMs: 1000 }))
  await reload('agent')
  await expect.poll(evidence, measuredWithin).toEqual(all('measured'))
})
