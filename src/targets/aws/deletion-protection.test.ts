import { describe, expect, it } from 'vitest'
import { isProtected, lifts, requireUnprotected, staysBy } from './deletion-protection.ts'

const primary = { resource: 'Primary', id: 'trial-primary', type: 'AWS::RDS::DBInstance' }
const table = { resource: 'Sessions', id: 'trial-Sessions', type: 'AWS::DynamoDB::Table' }

describe('what deletion protection keeps', () => {
  it.each([
    [primary, 'Cannot delete protected DB Instance, please disable deletion protection and try again.'],
    [table, 'Resource cannot be deleted as it is currently protected against deletion.'],
  ])('is known by the words of its service: %s', (resource, reason) => {
    expect(isProtected({ ...resource, reason })).toBe(true)
  })

  it('is nothing that failed for another reason', () => {
    expect(isProtected({ ...primary, reason: 'DB instance is not in available state.' })).toBe(false)
  })

  it('is named with the command that lifts it', () => {
    expect(lifts(primary, 'eu-central-1')).toBe(
      'Primary is protected against deletion: aws rds modify-db-instance --db-instance-identifier trial-primary ' +
        '--no-deletion-protection --apply-immediately --region eu-central-1 lifts that',
    )
    expect(lifts(table, 'us-east-1')).toContain(
      'aws dynamodb update-table --table-name trial-Sessions --no-deletion-protection-enabled --region us-east-1',
    )
  })
})

describe('what is looked at before the first deletion', () => {
  const kept = { ...primary, region: 'eu-central-1', stays: false, isProtected: true }

  it('is refused as a whole where something that would go is protected', () => {
    const free = { ...primary, resource: 'Replica', id: 'trial-replica', region: 'eu-central-1', stays: false }
    expect(() => requireUnprotected([{ ...free, isProtected: false }, kept])).toThrow(
      expect.objectContaining({
        message: 'trial-primary: protected against deletion',
        hints: ['nothing was deleted', lifts(primary, 'eu-central-1')],
      }),
    )
  })

  it('is not refused for what stays when the stack goes, nor where nothing is protected', () => {
    const staying = { ...table, region: 'us-east-1', stays: true, isProtected: true }
    expect(() => requireUnprotected([staying, { ...kept, isProtected: false }])).not.toThrow()
  })

  it('is refused where a database of nobody’s stack stands in its subnets, which is named', () => {
    const id = 'awsbackup-restore-test-0a1b'
    const guest = { ...primary, resource: id, id, region: 'eu-central-1', stays: false, isProtected: false }
    expect(() =>
      requireUnprotected([
        { ...kept, isProtected: false },
        { ...guest, isGuest: true },
      ]),
    ).toThrow(
      expect.objectContaining({
        message: `${id}: in the subnets of the database, and not of its stack`,
        hints: ['nothing was deleted', expect.stringContaining('within hours'), expect.stringContaining(` ${id} `)],
      }),
    )
  })
})

describe('what stays when its stack goes', () => {
  it.each([
    ['Retain', 'ROLLBACK_FAILED', true],
    ['RetainExceptOnCreate', 'UPDATE_COMPLETE', true],
    ['RetainExceptOnCreate', 'ROLLBACK_FAILED', false],
    ['RetainExceptOnCreate', 'CREATE_FAILED', false],
    ['Snapshot', 'UPDATE_COMPLETE', false],
    [undefined, 'UPDATE_COMPLETE', false],
  ])('%s, of a stack that is %s: %s', (policy, status, stays) => {
    expect(staysBy(policy, status)).toBe(stays)
  })
})
