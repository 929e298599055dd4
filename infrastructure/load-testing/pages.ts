import type { Page } from '../../src/core/room.ts'
import { resultJsonSchema } from './result.ts'

export const pages = (): readonly Page[] => [
  { path: 'docs/load-test-result.schema.json', content: `${JSON.stringify(resultJsonSchema(), undefined, 2)}\n` },
]
