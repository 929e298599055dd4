import type { Reserved } from '../../src/core/reserved.ts'

/** One port for each process of the API; the password of the accounts that the load tests sign in with. */
export const appReserved = {
  ports: { api: [9, 10] },
  secrets: ['testAccounts'],
  keeps: { testAccounts: 'rows of the database have it, which the migrations of the app made' },
} as const satisfies Reserved
