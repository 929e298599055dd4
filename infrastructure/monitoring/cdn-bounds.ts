import { percent } from '../../src/core/units.ts'
import { monitoring } from './guarantees.ts'
import type { MonitoringSettings } from './settings.ts'

/** The promises about the CDN, at the thresholds that the operator configured. */
export const cdnBounds = ({ alarms }: MonitoringSettings) => ({
  cdnErrors: { ...monitoring.cdnErrors, above: percent(alarms.cdnErrorsPercent) },
  hitRatio: { ...monitoring.hitRatio, below: percent(alarms.hitRatioPercent) },
  originLatency: { ...monitoring.originLatency, above: alarms.originLatency },
})
