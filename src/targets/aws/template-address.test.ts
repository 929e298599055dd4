import { Stack, type IStackSynthesizer } from 'aws-cdk-lib/core'
import { describe, expect, it } from 'vitest'
import { withFolder } from '../../../test/with-folder.ts'
import { templatesOf } from './assembly.ts'
import { addressOf, OwnSynthesizer, partsOf, templateBucket } from './template-address.ts'
import { largestSent } from './template-size.ts'

const where = { instance: 'trial', account: '123456789012', region: 'eu-central-1' }
const ofDescription = (length: number, what = 'x') => ({ Description: what.repeat(length - 'Description: \n'.length) })

describe('the address of a template', () => {
  it('is none up to the bytes that CloudFormation takes itself, and one beyond', () => {
    expect(addressOf(ofDescription(largestSent), 'trial-cdn', where)).toBeUndefined()
    expect(addressOf(ofDescription(largestSent + 1), 'trial-cdn', where)).toMatch(
      /^s3:\/\/trial-templates-[0-9a-f]{12}\/trial-cdn\/[0-9a-f]{64}\.yaml$/,
    )
  })

  it('counts bytes, which the toolkit does not: it would send this one', () => {
    const content = ofDescription(largestSent / 2, 'ä')
    expect(addressOf({ ...content, Metadata: 'ä'.repeat(20) }, 'trial-cdn', where)).toMatch(/^s3:/)
  })

  it('is another where the content is', () => {
    const [one, other] = ['x', 'y'].map((what) => addressOf(ofDescription(largestSent + 1, what), 'trial-cdn', where))
    expect(one).not.toBe(other)
  })

  it('has a bucket and a key', () => {
    expect(partsOf('s3://trial-templates-0a1b2c3d4e5f/trial-cdn/0a1b.yaml')).toEqual({
      bucket: 'trial-templates-0a1b2c3d4e5f',
      key: 'trial-cdn/0a1b.yaml',
    })
  })
})

describe('the bucket of templates', () => {
  it('is another in each account and region, and no longer than S3 takes', () => {
    const longest = { ...where, instance: `a${'b'.repeat(39)}` }
    const names = [longest, { ...longest, region: 'us-east-1' }, { ...longest, account: '210987654321' }].map(
      templateBucket,
    )
    expect(new Set(names).size).toBe(3)
    expect(names.map(({ length }) => length)).toEqual([63, 63, 63])
  })
})

it('CDK is told the address of what is too large, and of nothing else', async () => {
  const made = await withFolder(async (outdir) =>
    templatesOf((app) => {
      for (const [name, length] of Object.entries({ small: 100, large: largestSent })) {
        // CDK's types are not written for exactOptionalPropertyTypes.
        const synthesizer = new OwnSynthesizer(where) as IStackSynthesizer
        const env = { account: where.account, region: where.region }
        const stack = new Stack(app, `trial-${name}`, { env, synthesizer })
        stack.templateOptions.metadata = { text: 'x'.repeat(length) }
      }
    }, outdir),
  )
  const bucket = templateBucket(where)
  expect(made.map(({ stack, address }) => [stack, address])).toEqual([
    ['trial-large', expect.stringMatching(`^s3://${bucket}/trial-large/`)],
    ['trial-small', undefined],
  ])
})
