import type { Reserved } from '../../src/core/reserved.ts'

/** What nginx shows the API, which knows it by that. */
export const cdnReserved = {
  ports: {},
  secrets: ['proxy'],
  keeps: {
    proxy: 'the API knows nginx by one such word: until both had another, it would see every visitor at one address',
  },
} as const satisfies Reserved
