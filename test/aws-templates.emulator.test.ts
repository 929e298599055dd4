import { CfnBucket } from 'aws-cdk-lib/aws-s3'
import { Template } from 'aws-cdk-lib/assertions'
import { Stack } from 'aws-cdk-lib/core'
import { describe, expect, it } from 'vitest'
import { acceptedFindings } from '../infrastructure/cdn/aws/accepted-findings.ts'
import { stacksOf } from '../infrastructure/compose-on-aws.ts'
import { schema } from '../src/config/schema.ts'
import type { Define } from '../src/targets/aws/assembly.ts'
import { stackName } from '../src/targets/aws/describe-stack.ts'
import { testApp } from './cdk-app.ts'
import { cfnLintFindings, cloudFormationFindings, type Finding, nagFindings } from './template-findings.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()
const account = '123456789012'
const certificate = `arn:aws:acm:us-east-1:${account}:certificate/a1b2`
const api = { url: 'https://api.example.com', health: '/api/health' }

/** The stack of the CDN in every form that a configuration can give it. */
const forms = {
  'a site of its own name with an API': {
    serve: { domain: 'www.example.com' },
    aws: { certificate },
    site: { static: 'dist', api },
  },
  'a site alone, by the name that CloudFront gives it': { site: { static: 'dist' } },
}
const define =
  (form: object): Define =>
  (app) => {
    const stacks = stacksOf(schema.parse({ target: 'aws', ...form }), account)
    for (const placed of stacks.filter(({ component }) => component === 'cdn')) placed.define(app, new Map())
  }

const isAccepted = ({ rule, resource }: Finding): boolean =>
  acceptedFindings.some((accepted) => accepted.rule === rule && accepted.resource === resource)

/** A value that CloudFormation does not know. */
const broken: Define = (app) => {
  define(forms['a site alone, by the name that CloudFront gives it'])(app)
  const store = app.node.findChild(stackName('production', 'cdn')).node.findChild('Store').node.defaultChild
  if (store instanceof CfnBucket) store.addPropertyOverride('VersioningConfiguration.Status', 'Sometimes')
}

describe.each([
  ['CDK’s validator', cloudFormationFindings],
  ['cdk-nag', nagFindings],
] as const)('%s', (_, findings) => {
  it.each(Object.entries(forms))('has nothing against %s but what is accepted', async (_form, form) => {
    expect((await findings(define(form))).filter((finding) => !isAccepted(finding))).toEqual([])
  })
})

it('has its alarms at the configured thresholds', () => {
  const alarms = { cdnErrorsPercent: 3, hitRatioPercent: 50, originLatency: '2 seconds' }
  const app = testApp()
  define({ site: { static: 'dist' }, monitoring: { alarms } })(app)
  const template = Template.fromStack(Stack.of(app.node.findChild(stackName('production', 'cdn'))))
  const ofSite = { Properties: { Namespace: 'AWS/CloudFront' } }
  const found = Object.values(template.findResources('AWS::CloudWatch::Alarm', ofSite)).map(({ Properties }) => [
    Properties.MetricName,
    Properties.Threshold,
  ])
  expect(Object.fromEntries(found)).toEqual({ '5xxErrorRate': 3, CacheHitRate: 50, OriginLatency: 2000 })
})

describe('a value that CloudFormation does not know', () => {
  const sometimes = { resource: expect.stringMatching(/^Store/), says: expect.stringContaining('Sometimes') }

  /** CDK has a function wait for its role, which the function names anyhow. */
  const waitsTwice = {
    rule: 'W3005',
    resource: expect.stringMatching(/^Remind/),
    says: expect.stringContaining('Role'),
  }

  it('is found by CDK’s validator', async () => {
    expect(await cloudFormationFindings(broken)).toEqual([{ ...sometimes, rule: 'W3030' }])
  })

  it('is all that cfn-lint finds, of the valid forms and one with such a value', async () => {
    const [bad, ...valid] = await cfnLintFindings([broken, ...Object.values(forms).map(define)], world)
    expect(bad).toEqual([{ ...sometimes, rule: 'E3030' }, waitsTwice])
    expect(valid).toEqual(Object.values(forms).map(() => [waitsTwice]))
  })
})

describe('what is accepted', () => {
  it('is found, each of it: what no validator has anything against needs no reason', async () => {
    const found = (await Promise.all(Object.values(forms).map((form) => nagFindings(define(form))))).flat()
    const unused = acceptedFindings.filter(
      ({ rule, resource }) => !found.some((one) => one.rule === rule && one.resource === resource),
    )
    expect(unused).toEqual([])
  })

  it('has a reason, each of it in a sentence, and stands there once', () => {
    expect(acceptedFindings.filter(({ because }) => because.split(' ').length < 5)).toEqual([])
    expect(new Set(acceptedFindings.map(({ rule, resource }) => `${rule} ${resource}`)).size).toBe(
      acceptedFindings.length,
    )
  })
})
