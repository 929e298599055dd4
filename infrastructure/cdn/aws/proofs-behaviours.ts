import { at, items } from '../../../src/targets/aws/template.ts'
import { distributionIn, distributionOf } from './deployed.ts'
import type { RoomProof } from '../../../src/targets/aws/proof.ts'
import type { About, ProvenSite } from './proof.ts'
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
      // CloudFront answers them in an order of its own.
      methods: items(at(one, 'AllowedMethods')).toSorted().join(' '),
      cached: items(at(one, 'CachedMethods') ?? at(one, 'AllowedMethods', 'CachedMethods'))
        .toSorted()
        .join(' '),
      cachePolicy: text(at(one, 'CachePolicyId')),
      requestPolicy: text(at(one, 'OriginRequestPolicyId')),
      headersPolicy: text(at(one, 'ResponseHeadersPolicyId')),
      // One at the edge (Lambda) as well, which the stack never has, and no comparison with its template would see.
      functions: [...items(at(one, 'FunctionAssociations')), ...items(at(one, 'LambdaFunctionAssociations'))]
        .map((run) => [at(run, 'EventType'), text(at(run, 'FunctionARN') ?? at(run, 'LambdaFunctionARN'))].join(' '))
        .toSorted()
        .join(', '),
      viewer: at(one, 'ViewerProtocolPolicy'),
      compress: at(one, 'Compress'),
    }
  })
}

const behaviours = (about: About, is: unknown, seen: (all: readonly Behaviour[]) => unknown): RoomProof => ({
  ...about,
  type: 'AWS::CloudFront::Distribution',
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

const scripts = ['*.js', '*.mjs', '*.css']
const images = ['*.png', '*.jpg', '*.jpeg', '*.gif', '*.webp', '*.avif', '*.svg', '*.ico']
const fonts = ['*.woff2', '*.woff', '*.ttf', '*.otf']

const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'
const allViewerExceptHostHeader = 'b689b0a8-53d0-40ab-baf2-68738e2966ac'

/** Values with the patterns that have them; of a site without an API one that only this has is nowhere. */
const those = (...all: readonly (readonly [value: string, patterns: readonly string[]])[]) =>
  Object.fromEntries(all.filter(([, patterns]) => patterns.length > 0))

/** The patterns of paths that the API answers, and those of files, with a hash in their names or in their folder's, and of any kind. */
function patternsOf({ settings, api: answers }: ProvenSite) {
  const api = answers === undefined ? [] : ['/api/*', '/api']
  const hashed = [...settings.cache.hashedFolders.map((folder) => `/${folder}/*`), ...scripts]
  return { api, hashed, files: [...hashed, ...images, ...fonts, '*'] }
}

export const behaviourProofs = (site: ProvenSite): readonly RoomProof[] => [...answered(site), ...kept(site)]

/** Who answers what, and what it is told. */
function answered(site: ProvenSite): readonly RoomProof[] {
  const { settings, api: answers, account } = site
  const { api, files } = patternsOf(site)
  const runs = (event: string, name: string): string => `${event} arn:aws:cloudfront::${account}:function/${name}`
  const ofFiles = [
    runs('viewer-request', 'ViewerRequest'),
    ...(settings.pages === 'app' ? [runs('viewer-response', 'ViewerResponse')] : []),
  ]
  return [
    behaviours(
      {
        says: 'the API comes before every class of files, and nothing of it is kept (CachingDisabled)',
        fact: 'first behaviours',
        proves: ['apiUncached'],
      },
      api.map((pattern) => [pattern, cachingDisabled]),
      (all) => all.slice(0, api.length).map(({ pattern, cachePolicy }) => [pattern, cachePolicy]),
    ),
    behaviours(
      {
        says: 'the API is asked for its own paths, and the store for all others',
        fact: 'asked for which paths',
        proves: ['originPrivate', 'spaRouting'],
      },
      those([answers?.url.hostname ?? '', api], ['Store.s3.us-east-1.amazonaws.com', files]),
      patternsBy('origin'),
    ),
    behaviours(
      {
        says: 'the API is told all that the visitor said but the site’s name; the store nothing of it',
        fact: 'told of a request',
        proves: [],
      },
      those([allViewerExceptHostHeader, api], ['undefined', files]),
      patternsBy('requestPolicy'),
    ),
    behaviours(
      { says: 'every method reaches the API; files are only read', fact: 'methods', proves: [] },
      those(['DELETE GET HEAD OPTIONS PATCH POST PUT', api], ['GET HEAD', files]),
      patternsBy('methods'),
    ),
    behaviours(
      {
        says: 'the rule of pages runs for every file, before the cache is asked and when it has answered; what clients claim is taken out of requests to the API',
        fact: 'functions by path',
        proves: ['spaRouting'],
      },
      those([runs('viewer-request', 'ApiRequest'), api], [ofFiles.join(', '), files]),
      patternsBy('functions'),
    ),
  ]
}

/** What is kept of it, and how it is sent. */
function kept(site: ProvenSite): readonly RoomProof[] {
  const { api, hashed, files } = patternsOf(site)
  return [
    behaviours(
      { says: 'of files the answers to GET and HEAD are kept', fact: 'kept of files', proves: ['hitRatio'] },
      ['GET HEAD'],
      (all) => different('cached')(all.filter(({ pattern }) => !api.includes(pattern))),
    ),
    behaviours(
      {
        says: 'each class of files is kept for as long as is meant for it',
        fact: 'kept by which policy',
        proves: ['staticCaching', 'imageCaching', 'fontCaching', 'apiUncached', 'hitRatio'],
      },
      those(
        [cachingDisabled, api],
        ['Cachehashed', hashed],
        ['Cacheimage', images],
        ['Cachefont', fonts],
        ['Cacheother', ['*']],
      ),
      patternsBy('cachePolicy'),
    ),
    behaviours(
      {
        says: 'no answer comes without the headers that are meant for it: the API’s own, and those of files',
        fact: 'headers by which policy',
        proves: ['securityHeaders', 'apiUncached', 'errorsUncached'],
      },
      those(['ApiHeaders', api], ['StaticHeaders', files]),
      patternsBy('headersPolicy'),
    ),
    behaviours(
      {
        says: 'every request is answered over HTTPS, or sent there',
        fact: 'plain HTTP',
        proves: ['https'],
      },
      ['redirect-to-https'],
      different('viewer'),
    ),
    behaviours(
      {
        says: 'what can be compressed is compressed, in every behaviour',
        fact: 'compressed',
        proves: ['compression'],
      },
      [true],
      different('compress'),
    ),
  ]
}
