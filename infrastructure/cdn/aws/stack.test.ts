import { App, Validations } from 'aws-cdk-lib/core'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { monitoring } from '../../monitoring/guarantees.ts'
import { cdnSettings } from '../settings.ts'
import { CdnStack, type CdnStackProps } from './stack.ts'

const app = () => new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': false } })
const template = (change: Partial<CdnStackProps> = {}): Template =>
  Template.fromStack(
    new CdnStack(app(), 'Cdn', {
      env: { account: '123456789012', region: 'us-east-1' },
      name: 'production',
      settings: cdnSettings.parse({}),
      own: { domain: 'www.example.com', certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/a1b2' },
      api: new URL('https://api.example.com'),
      alarms: monitoring,
      ...change,
    }),
  )

describe('the stack of the CDN', () => {
  it('synthesises', () => {
    void Validations; void Match
    console.log(JSON.stringify(template().toJSON(), null, 1))
    expect(1).toBe(1)
  })
})
