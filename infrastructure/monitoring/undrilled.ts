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
    name: 'guarantee',
    because:
      'a promise would have to be broken, and to stay so until it was verified; a drill that was in vain makes it ring',
    seenIn: onSeries,
  },
]
