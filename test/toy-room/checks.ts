import { broken, type ChecksFor, kept, measured, notClaimed } from '../../src/core/check.ts'
import { magnitude } from '../../src/core/units.ts'
import { ask, type ToyEndpoint } from './endpoint.ts'
import { toy } from './guarantees.ts'

export const checks: ChecksFor<typeof toy, ToyEndpoint> = {
  answers: async (endpoint) => {
    const { milliseconds } = await ask(endpoint)
    const evidence = measured({ milliseconds })
    return milliseconds <= endpoint.patience.milliseconds
      ? kept(evidence)
      : broken(evidence, `it took ${milliseconds} ms`, 'edge logs toy')
  },
  burst: async ({ records }) => {
    const newest = await records.newest('toy-burst')
    if (!newest || 'damaged' in newest) return notClaimed('it was not measured yet: edge drill toy-burst')
    const evidence = measured({ milliseconds: newest.took })
    return newest.took <= magnitude(toy.burst.atMost)
      ? kept(evidence)
      : broken(evidence, `it took ${newest.took} ms`, 'edge logs toy')
  },
  slow: { notBuilt: 'a drill that slows the toy down and sees the message arrive' },
}
