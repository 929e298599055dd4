import { monitorEventLoopDelay } from 'node:perf_hooks'

const everyMs = 10
/** Who asks once asks again within a moment, or never: a watch costs some wake-ups a second. */
const forgottenAfterMs = 10_000

/** Says by how many ms the event loop was late at most since the last call; watches it only while somebody asks. */
export function eventLoopWatch(): () => number {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined
  let forgotten: NodeJS.Timeout | undefined
  return () => {
    clearTimeout(forgotten)
    forgotten = setTimeout(() => {
      histogram?.disable()
      histogram = undefined
    }, forgottenAfterMs)
    forgotten.unref()
    if (!histogram) {
      histogram = monitorEventLoopDelay({ resolution: everyMs })
      histogram.enable()
      return 0
    }
    // In ns, from one ring to the next. Nothing rang yet where both calls came within a ring.
    const late = histogram.count === 0 ? 0 : histogram.max / 1e6 - everyMs
    histogram.reset()
    return Math.max(0, Math.round(late * 10) / 10)
  }
}
