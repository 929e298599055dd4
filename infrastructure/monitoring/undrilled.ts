import type { Undrilled } from '../../src/core/drill.ts'

const onSeries = 'infrastructure/monitoring/own-rules.engine.test.ts'

/** Alarms whose cause is made by no drill. */
export const undrilled: readonly Undrilled[] = [
  {
    name: 'certificate',
    because:
      'visitors and engines would be shown a certificate that is about to end, and a killed drill would leave it there',
    seenIn: onSeries,
  },
  {
    name: 'clock',
    because: 'the clock is that of the whole machine: backups, certificates and whatever else runs there go by it',
    seenIn: onSeries,
  },
  {
    name: 'clock-unset',
    because: 'whatever sets the clock of the machine would have to be stopped, for hours',
    seenIn: onSeries,
  },
  {
    name: 'disk-filling',
    because: 'nothing is foretold of less than three hours, in which the disk would have to become fuller and fuller',
    seenIn: onSeries,
  },
  {
    name: 'delivery',
    because: 'whoever is called would have to be out of reach, for real alarms as well; edge notify test tries the way',
    seenIn: 'infrastructure/monitoring/monitoring.engine.test.ts',
  },
  {
    name: 'guarantee',
    because:
      'a promise would have to be broken, and to stay so until it was verified; a drill that was in vain makes it ring',
    seenIn: onSeries,
  },
  {
    name: 'verification',
    because: 'it waits for two hours beyond the week that a verification is good for',
    seenIn: 'infrastructure/monitoring/rules.engine.test.ts',
  },
]
