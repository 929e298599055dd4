import type { World } from '../../src/core/world.ts'
import { everySeconds } from './render-rules.ts'

/** Prometheus looks at each within this time of its start. */
const firstLookMs = everySeconds * 1000 + 10_000

/** Looks again as long as Prometheus itself has not looked: it may have been started a moment ago. */
export async function settled<Seen>(
  look: () => Promise<Seen>,
  isOpen: (seen: Seen) => boolean,
  { sleep }: Pick<World, 'sleep'>,
): Promise<Seen> {
  const deadline = Date.now() + firstLookMs
  for (;;) {
    const seen = await look()
    if (!isOpen(seen) || Date.now() > deadline) return seen
    await sleep(500)
  }
}
