import { room } from '../../src/core/room.ts'
import { cdnReserved } from './reserved.ts'

export const cdnRoom = room({
  name: 'cdn',
  field: 'cdn',
  settings: async () => (await import('./settings.ts')).cdnSettings,
  refusedOnAws: async () => (await import('./refused-on-aws.ts')).refusedOnAws,
  words: {
    question: 'CDN: store, distribution, behaviours, certificate',
    documentSteps: [
      {
        step: 'store',
        here: 'releases below the state directory, which only nginx reads',
        onAws: 'a private bucket, which only the distribution reads',
      },
      { step: 'distribution', here: 'nginx', onAws: 'CloudFront' },
      {
        step: 'behaviours',
        here: 'rules by the class of a file; the API is never cached',
        onAws: 'cache policies by the class of a file; the API is never cached',
      },
      {
        step: 'certificate',
        here: "the instance's own authority, your files, or an order (serve.certificate)",
        onAws: 'one of ACM for the name of the site (aws.certificate); without one, that of CloudFront',
      },
    ],
  },
  reserved: cdnReserved,
  elsewhere: async () => (await import('./elsewhere.ts')).elsewhere,
  aws: async () => (await import('./aws/room.ts')).stacks,
  load: async () => (await import('./component.ts')).cdnComponent,
})
