import { join } from 'node:path'
import type { ScenarioName } from './scenarios/stages.ts'

/** What k6 runs of a scenario. */
export const scriptOf = (scenario: ScenarioName): string => join(import.meta.dirname, 'scenarios', `${scenario}.ts`)
