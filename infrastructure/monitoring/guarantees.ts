import { guarantees } from '../../src/core/guarantee.ts'
import { bytes, count, duration, percent } from '../../src/core/units.ts'

/** Each says when somebody is called; the bound is where the alarm begins. */
export const monitoring = guarantees('monitoring', {
  databaseCpu: { says: 'Somebody is called when the database wants for CPU.', source: 'document', above: percent(80) },
  freeableMemory: {
    says: 'Somebody is called when memory runs short.',
    source: 'document',
    below: bytes('256 MB'),
  },
  freeStorage: { says: 'Somebody is called before the disk is full.', source: 'document', below: bytes('10 GB') },
  connections: {
    says: 'Somebody is called when the database has more connections than it should.',
    source: 'document',
    above: count(400, 'connections'),
  },
  replicaLag: {
    says: 'Somebody is called when the replica falls behind.',
    source: 'document',
    above: duration('300 seconds'),
  },
  readIops: {
    says: 'Somebody is called when reads come near to what the disk is provisioned for.',
    source: 'ours',
    above: percent(80),
  },
  writeIops: {
    says: 'Somebody is called when writes come near to what the disk is provisioned for.',
    source: 'ours',
    above: percent(80),
  },
  readLatency: { says: 'Somebody is called when the disk reads slowly.', source: 'ours', above: duration('20 ms') },
  writeLatency: { says: 'Somebody is called when the disk writes slowly.', source: 'ours', above: duration('20 ms') },
  queueDepth: {
    says: 'Somebody is called when requests queue up before the disk.',
    source: 'ours',
    above: count(10, 'requests'),
  },
  backupFailed: { says: 'Somebody is called when any backup fails.', source: 'ours', above: count(0, 'failures') },
  backupSize: {
    says: 'Somebody is called when a backup is much smaller or larger than the median of the last seven.',
    source: 'ours',
    between: [count(0.5, '×'), count(1.5, '× the median')],
  },
  backupDuration: {
    says: 'Somebody is called when a backup takes too long.',
    source: 'ours',
    above: duration('3600 seconds'),
  },
  cdnErrors: {
    says: 'Somebody is called when too many requests are answered with a server error.',
    source: 'document',
    above: percent(1),
  },
  hitRatio: {
    says: 'Somebody is called when the cache answers too few of the requests for static files.',
    source: 'document',
    below: percent(90),
  },
  originLatency: {
    says: 'Somebody is called when the origin is slow (95 in 100 answers).',
    source: 'ours',
    above: duration('1 second'),
  },
  silence: {
    says: 'Somebody is called when what measures falls silent: no figure is never taken for a good one.',
    source: 'ours',
  },
  delivery: { says: 'Every alarm goes to everybody who is configured, and none is lost on its way.', source: 'ours' },
})
