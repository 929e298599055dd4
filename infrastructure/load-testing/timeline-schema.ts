import { z } from 'zod'
import type { SeenSecond } from './watch.ts'

const number = z.number()
const shares = z.record(z.string(), number).optional()
const measured = number.nullable()

/** What `timeline.json` holds: a point for each second, or for some seconds of a long run. Times in ms, rates from 0 to 100. */
const timelineSchema: z.ZodType<readonly SeenSecond[]> = z.array(
  z.object({
    seconds: number,
    users: number,
    requestsPerSecond: number,
    median: measured,
    p95: measured,
    p99: measured,
    failedPercent: measured,
    idlePercent: number,
    byEngine: shares,
    busiestThread: shares,
    pool: z.object({ inUse: number, most: number, waiting: number }).optional(),
    behindMs: number.optional(),
    longestMs: number.optional(),
    connections: z.object({ open: number, most: number }).optional(),
    eventLoops: shares,
    memory: shares,
    hitPercent: number.optional(),
  }),
)

/** For programs of others that read a timeline. */
export const timelineJsonSchema = () => ({
  title: 'A load test of edge: timeline.json',
  ...z.toJSONSchema(timelineSchema, { io: 'input' }),
})
