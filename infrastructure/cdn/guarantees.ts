import { guarantees } from '../../src/core/guarantee.ts'
import { duration, percent } from '../../src/core/units.ts'

export const cdn = guarantees('cdn', {
  originPrivate: { says: 'Static files leave their store only through the CDN.', source: 'document' },
  staticCaching: {
    says: 'JavaScript and CSS are cached for a year.',
    source: 'document',
    atLeast: duration('365 days'),
  },
  cacheBusting: {
    says: 'Names carry the hash of their content, and a new build is visible at once.',
    source: 'document',
  },
  imageCaching: { says: 'Images are cached for a week.', source: 'document', atLeast: duration('7 days') },
  fontCaching: { says: 'Fonts are cached for a week.', source: 'document', atLeast: duration('7 days') },
  apiUncached: { says: 'An answer of the API is never cached.', source: 'document' },
  originShield: { says: 'Many requests for one cold object reach the origin once.', source: 'document' },
  compression: { says: 'Every type that can be compressed is compressed.', source: 'document' },
  https: { says: 'Every request is answered over HTTPS, or redirected there.', source: 'document' },
  certificate: {
    says: 'The certificate is valid, names the site, and is renewed in time.',
    source: 'document',
    above: duration('30 days'),
  },
  spaRouting: {
    says: 'Client-side routes answer with the app; errors of the API stay errors.',
    source: 'document',
  },
  worldwide: {
    says: 'The site is served from locations near its visitors, around the world.',
    source: 'document',
  },
  atomicReleases: { says: 'A release appears as a whole or not at all.', source: 'ours' },
  rollback: { says: 'A rollback brings the pages of the previous release back at once.', source: 'ours' },
  keptAssets: { says: 'Open tabs find the files of their own release.', source: 'ours' },
  errorsUncached: { says: 'No error is cached.', source: 'ours' },
  securityHeaders: { says: 'Security headers tell browsers what a page must not do.', source: 'ours' },
  hitRatio: {
    says: 'The cache answers almost every cacheable request for a static file.',
    source: 'ours',
    atLeast: percent(99),
  },
})
