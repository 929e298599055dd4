import type { Step } from '../../src/core/plan.ts'
import type { Running } from './endpoint.ts'
import { figureAt } from './figures.ts'

/** Prometheus has a series for five minutes that nobody gives any more, and for half of one where it has only read its files anew. */
const goneWithinMs = 6 * 60_000

/**
 * An earlier version of edge named who is asked by a port. For as long as those series go on beside today's, the disk of the
 * database is there twice: no rule about it can be looked at, and each verdict of that moment says so, and calls somebody.
 */
export const figuresStep = ({ prometheus, tls }: Pick<Running, 'prometheus' | 'tls'>): Step => {
  // Where Prometheus does not answer, other checks say so.
  const ofPorts = () => figureAt(prometheus, tls, 'count(up{instance=~".+:[0-9]+"})').catch(() => undefined)
  return {
    kind: 'step',
    name: 'figures',
    component: 'monitoring',
    title: 'figures',
    after: ['prometheus'],
    observe: async () =>
      (await ofPorts()) === undefined
        ? 'done'
        : { missing: 'those that an earlier version named are still counted beside these' },
    ensure: async ({ sleep }) => {
      const deadline = performance.now() + goneWithinMs
      while ((await ofPorts()) !== undefined && performance.now() < deadline) await sleep(1000)
    },
    detail: async () => 'each given once',
  }
}
