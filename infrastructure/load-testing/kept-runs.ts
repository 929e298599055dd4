import type { Damaged, Deployed, DrillRecord, Records } from '../../src/core/record.ts'
import { isWhole, type Result, resultOf, resultsOfScenario } from './result.ts'
import type { ScenarioName } from './scenarios/stages.ts'

const nameOf = (scenario: ScenarioName): string => `load-test-${scenario}`

/** What a run was made on: of another release, or of visitors who do something else, it says nothing. */
const deployed = (release: string, journey: string): Deployed => ({ release, journey })

/** Whether a run says something about what it was made on: the whole scenario, on this instance, brought to its end. */
const isProof = (result: Result): boolean => isWhole(result) && !result.interrupted

/** What is kept of a run: what the checks judge. All else that it left is in its folder. */
export function recordOf(result: Result, at: Date): DrillRecord {
  // The first two are absent where the run was on this instance, which is what proves something; no check asks for the others.
  const {
    against: _against,
    requestsPerSecond: _capped,
    baseline: _baseline,
    saturation: _saturation,
    capacity: _capacity,
    ...facts
  } = result
  return {
    drill: nameOf(result.scenario),
    at: at.toISOString(),
    facts,
    took: Math.round(result.seconds * 1000),
    of: deployed(result.release, result.journeyHash),
  }
}

export async function keepRun(records: Records, result: Result, at: Date): Promise<void> {
  if (isProof(result)) await records.keep(recordOf(result, at))
}

/** The newest run of a scenario that says something about what is live. */
export type NewestRun = (scenario: ScenarioName, release: string) => Promise<Result | Damaged | undefined>

export const newestRunIn =
  (records: Records, folder: string, journeyHash: string): NewestRun =>
  async (scenario, release) => {
    const record = await records.newest(nameOf(scenario), deployed(release, journeyHash))
    if (record) return 'damaged' in record ? record : resultOf(record.facts)
    if (await records.newest(nameOf(scenario))) return undefined
    // Up to 0.2.1 no run was recorded: until the first one that is, what lies in the folders counts as it did.
    return (await resultsOfScenario(folder, scenario)).find(
      (result) => isProof(result) && result.release === release && result.journeyHash === journeyHash,
    )
  }
