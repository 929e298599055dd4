import { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { testApp } from '../../../test/cdk-app.ts'
import { duration } from '../../../src/core/units.ts'
import { cdnSettings } from '../settings.ts'
import { said } from './references.ts'
import { apiRequest, viewerRequest } from './viewer-request.ts'
import { urgentAlarms } from '../proofs/test-template.ts'
import { CdnStack, type CdnStackProps } from './stack.ts'

// What the stack promises property by property is in proofs.ts; here stands what depends on the configuration.
const template = (change: Partial<CdnStackProps> = {}): Template =>
  Template.fromStack(
    new CdnStack(testApp(), 'Cdn', {
      env: { account: '123456789012', region: 'us-east-1' },
      name: 'production',
      settings: cdnSettings.parse({}),
      own: { domain: 'www.example.com', certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/a1b2' },
      api: { url: new URL('https://api.example.com'), timeout: duration('60 seconds') },
      alarms: urgentAlarms,
      called: { critical: [], warning: [] },
      remindEvery: duration('4 hours'),
      ...change,
    }),
  )

/** What the distribution is configured with. */
const distribution = (of: Template) =>
  Object.values(of.findResources('AWS::CloudFront::Distribution'))[0]?.['Properties'].DistributionConfig
const behaviours = (of: Template): readonly Readonly<Record<string, unknown>>[] => distribution(of).CacheBehaviors

describe('the stack of the CDN', () => {
  it.each([
    ['app', 2],
    ['folders', 1],
  ] as const)('runs as many functions for files as pages in %s need: %i', (pages, count) => {
    const { DefaultCacheBehavior: whole } = distribution(template({ settings: cdnSettings.parse({ pages }) }))
    expect(whole.FunctionAssociations).toHaveLength(count)
  })

  it('waits for the API as long as the configuration says', () => {
    const api = { url: new URL('https://api.example.com'), timeout: duration('90 seconds') }
    expect(distribution(template({ api })).Origins[1].CustomOriginConfig.OriginReadTimeout).toBe(90)
  })

  it('sends files of a type that the configuration names', () => {
    const settings = cdnSettings.parse({ fileTypes: ['dwg'] })
    const [code] = Object.values(template({ settings }).findResources('AWS::CloudFront::Function')).map(
      ({ Properties: { FunctionCode: text } }) => text,
    )
    expect(code).toEqual(viewerRequest('app', ['dwg']))
  })

  it('keeps the folders whose names change with their content like hashed files, before any extension', () => {
    const settings = cdnSettings.parse({ cache: { hashedFolders: ['_next/static'] } })
    const [, , first, second] = behaviours(template({ settings }))
    expect([first?.['PathPattern'], second?.['PathPattern']]).toEqual(['/_next/static/*', '*.js'])
    expect(first?.['CachePolicyId']).toEqual(second?.['CachePolicyId'])
  })

  it('leads paths to pages as the configuration says that the build has them', () => {
    const settings = cdnSettings.parse({ pages: 'files' })
    const functions = Object.values(template({ settings }).findResources('AWS::CloudFront::Function'))
    expect(functions.map(({ Properties: { FunctionCode: code } }) => code)).toEqual([
      viewerRequest('files'),
      apiRequest(),
    ])
  })

  it('has no way to an API where the site has none, and CloudFront’s own name without a certificate', () => {
    const plain = template({ api: undefined, own: undefined })
    expect(behaviours(plain).filter(({ PathPattern: path }) => String(path).startsWith('/api'))).toEqual([])
    expect(distribution(plain).Aliases).toBeUndefined()
  })

  it('tells the CLI where the site answers, and which buckets and distribution it has', () => {
    const told = Object.entries(template().findOutputs('*')).map(([name, { Value: value }]) => [name, said(value)])
    expect(Object.fromEntries(told)).toEqual({
      Address: 'https://www.example.com',
      Bucket: 'Store',
      LogBucket: 'AccessLogs',
      DistributionId: 'Distribution',
      DistributionName: 'Distribution.DomainName',
    })
  })

  it('is written in letters that CloudFormation answers as they are', () => {
    // For every other it answers a question mark, and a plan would find a change that no deployment makes.
    expect(JSON.stringify(template().toJSON())).toMatch(/^[ -~]+$/)
  })

  it('begins the names of what has to have one with the instance’s', () => {
    const names = Object.values(template({ name: 'staging' }).findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties: { AlarmName: name } }) => name,
    )
    expect(names.filter((name) => !String(name).startsWith('staging-'))).toEqual([])
  })
})
