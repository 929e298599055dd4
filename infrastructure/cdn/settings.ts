import { z } from 'zod'
import { field, size, time } from '../../src/core/field.ts'

export const cdnSettings = field(
  z
    .strictObject({
      cache: field(
        z
          .strictObject({
            hashedAssets: field(time({ atLeast: '1 hour' }).prefault('365 days'), {
              doc: 'How long JavaScript and CSS with a content hash in their name are kept by browsers and the edge.',
              example: '365 days',
              source: 'document',
            }),
            images: field(time().prefault('7 days'), {
              doc: 'How long images are kept.',
              example: '7 days',
              source: 'document',
            }),
            fonts: field(time().prefault('7 days'), {
              doc: 'How long fonts are kept.',
              example: '7 days',
              source: 'document',
            }),
          })
          .prefault({}),
        { doc: 'How long what is kept.', example: {} },
      ),
      hsts: field(time().prefault('365 days'), {
        doc: 'How long a browser remembers to ask over HTTPS only.',
        example: '365 days',
        source: 'ours',
      }),
      uploadLimit: field(size({ atLeast: '1 MB', atMost: '1 GB' }).prefault('5 MB'), {
        doc: 'The largest body of a request.',
        example: '5 MB',
        why: 'nginx keeps a body on the disk until it is whole',
        source: 'ours',
      }),
    })
    .prefault({}),
  { doc: 'nginx before the app: TLS, caching, compression.', example: {} },
)

export type CdnSettings = z.output<typeof cdnSettings>
