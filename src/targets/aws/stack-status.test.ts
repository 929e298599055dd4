import { StackStatus } from '@aws-sdk/client-cloudformation'
import { describe, expect, it } from 'vitest'
import { deleted, deployed, leftAs, obstacleOf, unseen } from './stack-status.ts'

const stack = { stack: 'trial-cdn', region: 'us-east-1', component: 'cdn' }
const all = Object.values(StackStatus)
const onTrial = '--stack-name trial-cdn --region us-east-1'

describe('the status of a stack', () => {
  it.each([
    [
      'CREATE_FAILED',
      /stopped half-way/,
      /^edge destroy cdn --target aws deletes it, then edge deploy cdn --target aws/,
    ],
    [
      'ROLLBACK_FAILED',
      /can only be deleted/,
      /^edge destroy cdn --target aws deletes it, then edge deploy cdn --target aws/,
    ],
    ['ROLLBACK_COMPLETE', /nothing of it is there/, /edge deploy --target aws makes it anew$/],
    ['REVIEW_IN_PROGRESS', /never begun/, /^edge deploy --target aws/],
    ['UPDATE_FAILED', /stopped half-way/, new RegExp(`^aws cloudformation rollback-stack ${onTrial}, then edge plan`)],
    ['UPDATE_ROLLBACK_FAILED', /the way back failed, too/, new RegExp(`continue-update-rollback ${onTrial}`)],
    ['DELETE_FAILED', /not deleted as a whole/, /edge destroy cdn --target aws again$/],
    ['IMPORT_ROLLBACK_FAILED', /left half-way/, new RegExp(`describe-stack-events ${onTrial}`)],
    ['UPDATE_IN_PROGRESS', /still at work/, /^edge plan --target aws again when that has ended$/],
    ['DELETE_IN_PROGRESS', /still at work/, /^edge plan --target aws again when that has ended$/],
  ])('%s has its own words and next step', (status, says, next) => {
    expect(obstacleOf(status, stack)).toMatchObject({
      says: expect.stringMatching(says),
      next: expect.stringMatching(next),
    })
  })

  it('says nothing where a stack is complete, and something in every other state that there is', () => {
    const silent = all.filter((status) => obstacleOf(status, stack) === undefined)
    expect(silent).toEqual(all.filter((status) => status.endsWith('_COMPLETE') && status !== 'ROLLBACK_COMPLETE'))
  })

  it('has a way back continued in the one state in which CloudFormation does that', () => {
    const continued = all.filter((status) => obstacleOf(status, stack)?.next.includes('continue-update-rollback'))
    expect(continued).toEqual(['UPDATE_ROLLBACK_FAILED'])
  })
})

describe('what is said where CloudFormation did not do it', () => {
  it.each(all.filter((status) => status.endsWith('_FAILED')))(
    'is of a deployment that left %s the next step',
    (status) => {
      const { says, next } = obstacleOf(status, stack) ?? {}
      expect(leftAs(deployed, { ...stack, status })).toEqual([says, next])
    },
  )

  it('is that a stack is deleted again, whatever it was left in', () => {
    const failed = all.filter((status) => status.endsWith('_FAILED'))
    const nexts = failed.map((status) => leftAs(deleted, { ...stack, status }))
    expect(new Set(nexts.map(([, next]) => next))).toEqual(new Set([deleted.next]))
  })

  it.each([unseen, 'UPDATE_ROLLBACK_IN_PROGRESS'])('is not that it is as before where the status is: %s', (status) => {
    expect(leftAs(deployed, { ...stack, status })).toEqual(['CloudFormation may still be at work', deployed.whenEnded])
  })

  it('is that it is as before where it went back', () => {
    const status = 'UPDATE_ROLLBACK_COMPLETE'
    expect(leftAs(deployed, { ...stack, status })).toEqual([deployed.left, deployed.next])
  })
})
