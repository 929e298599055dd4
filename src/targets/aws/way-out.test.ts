import { expect, it } from 'vitest'
import { wayOut } from './way-out.ts'

const primary = { resource: 'Primary', id: 'trial-primary', type: 'AWS::RDS::DBInstance' }

it('is to lift the protection of what a first deployment made and may not take away', () => {
  const reason = 'Cannot delete protected DB Instance, please disable deletion protection and try again.'
  expect(wayOut({ ...primary, reason }, 'us-east-1')).toContain('--no-deletion-protection')
})

it('is to wait where RDS works on the storage', () => {
  const reason =
    "You can't currently modify the storage of this DB instance because the previous storage change is being optimized."
  expect(wayOut({ ...primary, reason }, 'us-east-1')).toMatch(
    /^Primary serves.*describe-db-instances .* says available$/,
  )
})

it('is not made up for any other refusal', () => {
  expect(wayOut({ ...primary, reason: 'DB instance is not in available state.' }, 'us-east-1')).toBeUndefined()
  expect(wayOut({ ...primary, type: 'AWS::S3::Bucket', reason: 'storage optimization' }, 'us-east-1')).toBeUndefined()
})
