import type { Reserved } from '../../src/core/reserved.ts'

/** What nginx shows the API, which knows it by that. */
export const cdnReserved = { ports: {}, secrets: ['proxy'] } as const satisfies Reserved
