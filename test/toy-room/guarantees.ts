import { guarantees } from '../../src/core/guarantee.ts'
import { duration } from '../../src/core/units.ts'

export const toy = guarantees('toy', {
  answers: { says: 'The toy answers whoever knows its secret.', source: 'ours', atMost: duration('1 second') },
  burst: { says: 'It answers a hundred at once.', source: 'ours', atMost: duration('10 seconds') },
  slow: { says: 'Somebody is called when the toy is slow.', source: 'ours', above: duration('1 second') },
})
