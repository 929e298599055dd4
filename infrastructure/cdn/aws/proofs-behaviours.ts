import { at, items } from '../../../src/targets/aws/template.ts'
import { distributionIn, distributionOf } from './deployed.ts'
import type { Proof } from './proof.ts'
import { named, said } from './references.ts'

/** How CloudFront answers the paths of one pattern, with resources by their names. */
type Behaviour = {
  readonly pattern: string
  readonly origin: unknown
  readonly methods: string
  readonly cached: string
  readonly cachePolicy: unknown
  readonly requestPolicy: unknown
  readonly headersPolicy: unknown
  readonly functions: string
  readonly viewer: unknown
  readonly compress: unknown
}

/** All of them in the order in which they are asked, the one for everything else at the end. */
function behavioursOf(config: unknown, text: (value: unknown) => unknown): readonly Behaviour[] {
  const origins = items(at(config, 'Origins'))
  return [...items(at(config, 'CacheBehaviors')), at(config, 'DefaultCacheBehavior')].map((one) => {
    const origin = origins.find((known) => at(known, 'Id') === at(one, 'TargetOriginId'))
    return {
      pattern: String(at(one, 'PathPattern') ?? '*'),
      origin: text(at(origin, 'DomainName')),
      methods: items(at(one, 'AllowedMethods')).join(' '),
      cached: items(at(one, 'CachedMethods') ?? at(one, 'AllowedMethods', 'CachedMethods')).join(' '),
      cachePolicy: text(at(one, 'CachePolicyId')),
      requestPolicy: text(at(one, 'OriginRequestPolicyId')),
      headersPolicy: text(at(one, 'ResponseHeadersPolicyId')),
      functions: items(at(one, 'FunctionAssociations'))
        .map((run) => `${String(at(run, 'EventType'))} ${String(text(at(run, 'FunctionARN')))}`)
        .join(', '),
      viewer: at(one, 'ViewerProtocolPolicy'),
      compress: at(one, 'Compress'),
    }
  })
}

const behaviours = (says: string, is: unknown, seen: (all: readonly Behaviour[]) => unknown): Proof => ({
  type: 'AWS::CloudFront::Distribution',
  says,
  is,
  template: (template) => seen(behavioursOf(distributionIn(template), said)),
  by: 'emulator',
  readBack: async (deployed) => seen(behavioursOf(await distributionOf(deployed), named(deployed))),
})

/** The patterns by what one property is for them. */
const patternsBy = (property: keyof Behaviour) => (all: readonly Behaviour[]) => {
  const found: Record<string, string[]> = {}
  for (const one of all) (found[String(one[property])] ??= []).push(one.pattern)
  return found
}
const different = (property: keyof Behaviour) => (all: readonly Behaviour[]) => [
  ...new Set(all.map((one) => one[property])),
]

const api = ['/api/*', '/api']
const scripts = ['*.js', '*.mjs', '*.css']
const images = ['*.png', '*.jpg', '*.jpeg', '*.gif', '*.webp', '*.avif', '*.svg', '*.ico']
const fonts = ['*.woff2', '*.woff', '*.ttf', '*.otf']
const files = [...scripts, ...images, ...fonts, '*']

const ofFunction = (name: string): string => `arn:aws:cloudfront::000000000000:function/${name}`
const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'
const allViewerExceptHostHeader = 'b689b0a8-53d0-40ab-baf2-68738e2966ac'

export const behaviourProofs: readonly Proof[] = [
  behaviours(
    'the API comes before every class of files, and nothing of it is kept (CachingDisabled)',
    api.map((pattern) => [pattern, cachingDisabled]),
    (all) => all.slice(0, 2).map(({ pattern, cachePolicy }) => [pattern, cachePolicy]),
  ),
  behaviours(
    'the API is told all that the visitor said but the site’s name; the store nothing of it',
    { [allViewerExceptHostHeader]: api, undefined: files },
    patternsBy('requestPolicy'),
  ),
  behaviours(
    'the API is asked for its own paths, and the store for all others',
    { 'api.example.com': api, 'Store.s3.us-east-1.amazonaws.com': files },
    patternsBy('origin'),
  ),
  behaviours(
    'every method reaches the API; files are only read',
    { 'GET HEAD OPTIONS PUT PATCH POST DELETE': api, 'GET HEAD': files },
    patternsBy('methods'),
  ),
  behaviours('of files the answers to GET and HEAD are kept', ['GET HEAD'], (all) =>
    different('cached')(all.filter(({ pattern }) => !api.includes(pattern))),
  ),
  behaviours(
    'each class of files is kept for as long as is meant for it',
    { [cachingDisabled]: api, Cachehashed: scripts, Cacheimage: images, Cachefont: fonts, Cacheother: files.slice(-1) },
    patternsBy('cachePolicy'),
  ),
  behaviours(
    'no answer comes without the headers that are meant for it: the API’s own, and those of files',
    { ApiHeaders: api, StaticHeaders: files },
    patternsBy('headersPolicy'),
  ),
  behaviours(
    'the rule of pages runs for every file, before the cache is asked and when it has answered; what clients claim is taken out of requests to the API',
    {
      [`viewer-request ${ofFunction('ApiRequest')}`]: api,
      [`viewer-request ${ofFunction('ViewerRequest')}, viewer-response ${ofFunction('ViewerResponse')}`]: files,
    },
    patternsBy('functions'),
  ),
  behaviours('every request is answered over HTTPS, or sent there', ['redirect-to-https'], different('viewer')),
  behaviours('what can be compressed is compressed, in every behaviour', [true], different('compress')),
]
