import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { testApp } from '../../../test/cdk-app.ts'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { duration } from '../../../src/core/units.ts'
import { cdnSettings } from '../settings.ts'
import { fromOutsideOnAws } from '../checks.ts'
import { checksOnAws } from './checks.ts'
import { siteProofs } from './proofs-site.ts'
import type { ProvenSite } from './proof.ts'
import { CdnStack } from './stack.ts'
import { urgentAlarms } from '../proofs/test-template.ts'

const account = '000000000000'
const domain = 'www.example.org'
const own = { domain, certificate: `arn:aws:acm:us-east-1:${account}:certificate/a1b2` }
const api = { url: new URL('https://api.example.org:8443'), timeout: duration('90 seconds') }
const site = (settings: object, more: Pick<ProvenSite, 'own' | 'api'> = { own: undefined, api: undefined }) => ({
  name: 'staging',
  account,
  settings: cdnSettings.parse(settings),
  ...more,
})

function templateOf({ name, settings, own: its, api: answers }: ProvenSite): TemplateContent {
  const app = testApp()
  const stack = new CdnStack(app, 'Cdn', {
    env: { account, region: 'us-east-1' },
    name,
    settings,
    own: its,
    api: answers,
    alarms: urgentAlarms,
    called: { critical: [], warning: [] },
    remindEvery: duration('4 hours'),
  })
  // Any to CDK, which has just written it: the sections of a template by their names.
  return app.synth().getStackByName(stack.stackName).template as TemplateContent
}

/** What edge verify would call changed by a hand right after a deployment. */
const wrong = (of: ProvenSite, template = templateOf(of)): readonly string[] =>
  siteProofs(of).flatMap(({ fact, is, template: seen }) => {
    const found = seen(template)
    return isDeepStrictEqual(found, is) ? [] : [`${fact}: ${JSON.stringify(found)}`]
  })

const sites: readonly (readonly [words: string, site: ProvenSite])[] = [
  ['without an API or a name of its own', site({})],
  ['with an API at a port, that may take its time', site({}, { own, api })],
  ['of many pages', site({ pages: 'files' }, { own, api: undefined })],
  [
    'with folders whose names change, and types of files',
    site({ cache: { hashedFolders: ['_next/static'] }, fileTypes: ['dwg'] }, { own: undefined, api }),
  ],
  [
    'that is kept, framed and remembered for other times',
    site({
      cache: { hashedAssets: '400 days', images: '8 days', fonts: '9 days' },
      hsts: '10 days',
      frames: 'SAMEORIGIN',
    }),
  ],
  ['that says nothing of what pages may load', site({ contentSecurityPolicy: false })],
]

describe('what is read back of a site', () => {
  it.each(sites)('%s is what its own template says', (_words, one) => {
    expect(wrong(one)).toEqual([])
  })

  it('is of its own configuration: of any other it is not true', () => {
    const [first, ...others] = sites.map(([, one]) => one)
    if (first === undefined) throw new Error('there is no site')
    const template = templateOf(first)
    const same = others.filter((one) => {
      try {
        return wrong(one, template).length === 0
      } catch {
        // It is about a resource that is not there.
        return false
      }
    })
    expect(same).toEqual([])
  })

  it('is asked for by the check of each guarantee that stands on it', () => {
    const asked: Readonly<Record<string, unknown>> = checksOnAws
    const outside: Readonly<Record<string, unknown>> = fromOutsideOnAws
    const stood = siteProofs(site({}, { own, api })).flatMap(({ proves }) => proves)
    expect(stood.filter((guarantee) => asked[guarantee] === outside[guarantee])).toEqual([])
  })

  it('stands by what nobody sees from outside, and is named once', () => {
    const proofs = siteProofs(site({}, { own, api }))
    const names = proofs.map(({ fact }) => fact)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    for (const one of ['originShield', 'worldwide', 'originPrivate', 'https', 'staticCaching'])
      expect(proofs.filter(({ proves }) => proves.includes(one)).length).toBeGreaterThan(0)
  })
})
