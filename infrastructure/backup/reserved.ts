import type { Reserved } from '../../src/core/reserved.ts'

/** The key of every repository: without it no backup can be read, and it lies in none of them. */
export const backupReserved = {
  ports: {},
  secrets: ['backup'],
  keeps: { backup: 'every backup that there is can be read with this key alone' },
} as const satisfies Reserved
