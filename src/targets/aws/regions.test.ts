import { expect, it } from 'vitest'
import { requireRegions } from './regions.ts'

it.each([
  ['region', { region: 'eu-centrel-1', copies: 'us-west-2' }, 'eu-centrel-1', "did you mean 'eu-central-1'?"],
  ['copies', { region: 'eu-central-1', copies: 'us-west-9' }, 'us-west-9', "did you mean 'us-west-1'?"],
] as const)('is refused where aws.%s is none, with the nearest one', (field, given, value, guess) => {
  expect(() => requireRegions(given)).toThrow(
    expect.objectContaining({
      where: `aws.${field}`,
      message: `is no region of AWS (got '${value}')`,
      hints: expect.arrayContaining([guess]),
      exitCode: 2,
    }),
  )
})

it('takes those that there are, and none for copies', () => {
  expect(() => requireRegions({ region: 'eu-central-1', copies: false })).not.toThrow()
})
