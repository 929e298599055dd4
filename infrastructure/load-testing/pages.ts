import type { Page } from '../../src/core/room.ts'
import { comparisonJsonSchema } from './comparison/comparison-schema.ts'
import { resultJsonSchema } from './result.ts'
import { timelineJsonSchema } from './timeline-schema.ts'

const schema = (name: string, value: object): Page => ({
  path: `docs/load-test-${name}.schema.json`,
  content: `${JSON.stringify(value, undefined, 2)}\n`,
})

export const pages = (): readonly Page[] => [
  schema('result', resultJsonSchema()),
  schema('timeline', timelineJsonSchema()),
  schema('comparison', comparisonJsonSchema()),
]
