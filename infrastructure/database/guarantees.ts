import { guarantees } from '../../src/core/guarantee.ts'
import { count, duration } from '../../src/core/units.ts'

export const database = guarantees('database', {
  instanceClass: {
    says: 'The database has a machine of the class that the load was planned for: db.r5.xlarge, unless another is configured.',
    source: 'document',
  },
  storage: {
    says: 'Storage grows by itself: from 100 GB to 1 TB, unless more or less is configured.',
    source: 'document',
  },
  standby: {
    says: 'A synchronous standby that has every acknowledged write takes over by itself.',
    source: 'document',
  },
  survivesMachineLoss: {
    says: 'The database goes on when a machine is lost.',
    source: 'document',
  },
  readReplica: { says: 'A replica of its own answers reads.', source: 'document' },
  poolMinimum: {
    says: 'The pool keeps connections open, so that the first requests need not wait for one.',
    source: 'document',
    atLeast: count(10, 'connections'),
  },
  poolMaximum: {
    says: 'However many clients come, each pool opens so many connections to the database and no more; the others wait, and meet nothing that one before them has set.',
    source: 'document',
    exactly: count(100, 'connections'),
  },
  poolIdle: {
    says: 'A connection that nobody needs is closed after this time.',
    source: 'document',
    exactly: duration('300 seconds'),
  },
  poolWait: {
    says: 'A client waits this long for a connection, and is then told so.',
    source: 'document',
    exactly: duration('30 seconds'),
  },
  parameters: { says: 'The configured parameters are in force on every member.', source: 'document' },
  monitoring: { says: 'The database and its machine are measured closely.', source: 'document' },
  insights: { says: 'It can be seen which statements cost the time.', source: 'document' },
  network: { says: 'Strangers cannot connect to the database.', source: 'document' },
  noLostWrites: {
    says: 'A write that was acknowledged is on two members already, and none of them is ever gone, unless its client asked not to wait.',
    source: 'ours',
  },
  boundedStaleness: {
    says: 'What a reader sees is never older than this.',
    source: 'ours',
    atMost: duration('5 seconds'),
  },
  encryptedConnections: {
    says: 'Every network connection to the pool, the database and etcd is encrypted and signed in; any other is refused.',
    source: 'ours',
  },
})
