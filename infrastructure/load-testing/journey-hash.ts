import { createHash } from 'node:crypto'
import type { LoadTestingSettings } from './settings.ts'

/** Of what visitors are told to do: two runs with one hash asked the same of a site. */
export const journeyHash = ({ journey, thinkTime, choices }: LoadTestingSettings): string =>
  createHash('sha256').update(JSON.stringify({ journey, thinkTime, choices })).digest('hex').slice(0, 12)
