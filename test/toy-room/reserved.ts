import type { Reserved } from '../../src/core/reserved.ts'

/** A place that no room has, far behind the last of them. */
export const toyReserved = { ports: { toy: 60 }, secrets: ['toy'] } as const satisfies Reserved
