import type { Reserved } from '../../src/core/reserved.ts'

/** One port for each process of the API; the password of the accounts that the load tests sign in with. */
export const appReserved = { ports: { api: [9, 10] }, secrets: ['testAccounts'] } as const satisfies Reserved
