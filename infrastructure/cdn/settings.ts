import { z } from 'zod'
import { field, httpTime, promisedField, size, time } from '../../src/core/field.ts'
import { cdn } from './guarantees.ts'
import { pageStyles } from './routing.ts'

/** Everything from the site itself, pictures of a page's own making too; nothing inline. */
const ownOnly = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'"

const folder = /^(?!\.)[A-Za-z0-9._~-]+(\/(?!\.)[A-Za-z0-9._~-]+)*$/
const folderError = "must be a folder's path below the site, without / at its ends: letters, digits and . _ ~ -"
const fileTypeError = 'must be an ending without its dot, in lower case: letters and digits, 16 at most'
const mostFolders = 'must be five at most'

export const cdnSettings = field(
  z
    .strictObject({
      cache: field(
        z
          .strictObject({
            hashedAssets: promisedField(httpTime({ atLeast: '1 hour' }), cdn.staticCaching, {
              doc: 'How long JavaScript and CSS with a content hash in their name are kept by browsers and the edge.',
              unit: 'days',
            }),
            images: promisedField(httpTime(), cdn.imageCaching, { doc: 'How long images are kept.', unit: 'days' }),
            fonts: promisedField(httpTime(), cdn.fontCaching, { doc: 'How long fonts are kept.', unit: 'days' }),
            hashedFolders: field(z.array(z.string().regex(folder, folderError)).max(5, mostFolders).default([]), {
              doc: 'Folders of the site below which every file has another name for each content, whatever the name looks like: they are kept as `hashedAssets` are, and for open tabs.',
              example: ['_next/static'],
              why: 'each is a behaviour of its own on CloudFront, which allows 25',
              source: 'ours',
            }),
            size: field(size({ atLeast: '10 MB' }).prefault('1 GB'), {
              doc: 'How much of the disk each of the two caches may take.',
              example: '1 GB',
              source: 'ours',
            }),
          })
          .prefault({}),
        { doc: 'How long what is kept.', example: {} },
      ),
      releases: field(
        z
          .strictObject({
            keep: field(z.int().min(2).default(5), {
              doc: 'So many releases stay whole, however old they are.',
              example: 5,
              why: 'with one there is nothing to roll back to',
              source: 'ours',
            }),
            keepFor: field(time().prefault('30 days'), {
              doc: 'Releases that were live within this time stay whole: tabs that are open since then find their files.',
              example: '30 days',
              source: 'ours',
            }),
            largestFile: field(size({ atLeast: '1 MB' }).prefault('100 MB'), {
              doc: 'A larger file is refused: it was hardly meant.',
              example: '100 MB',
              source: 'ours',
            }),
            mostFiles: field(z.int().min(1).default(50_000), {
              doc: 'A build of more files is refused.',
              example: 50_000,
              source: 'ours',
            }),
          })
          .prefault({}),
        { doc: 'What may be published, and how long it stays.', example: {} },
      ),
      pages: field(z.enum(pageStyles).default('app'), {
        doc: "Where the build has its pages. 'app': one page, `index.html`, answers every path that names neither a file of the build nor a known type of file (infrastructure/cdn/file-types.ts), unless a browser asks for a part of a page or for JSON. 'folders': `/docs` and `/docs/` are `docs/index.html`. 'files': `/about` is `about.html`, `/docs/` is `docs/index.html`. In the last two an unknown page is a 404, with the build's own `404.html` where nginx answers.",
        example: 'files',
        source: 'ours',
      }),
      fileTypes: field(
        z
          .array(z.string().regex(/^[a-z0-9]{1,16}$/, fileTypeError))
          .max(50)
          .default([]),
        {
          doc: "More endings of names that are files, beside those that the web knows: a path with one is 404 where no such file is, not the app's page. CloudFront sends a file with another ending only where it stands here.",
          example: ['dwg'],
          source: 'ours',
        },
      ),
      hsts: field(httpTime().prefault('365 days'), {
        doc: 'How long a browser remembers to ask over HTTPS only.',
        example: '365 days',
        source: 'ours',
      }),
      contentSecurityPolicy: field(
        z
          .union([z.string().regex(/^[^"\\$\n]+$/, 'must be one line without ", \\ and $'), z.literal(false)])
          .default(ownOnly),
        {
          doc: 'What the pages of the site may load and do (CSP); false sends none. `frames` adds frame-ancestors to it.',
          example: "default-src 'self'; img-src 'self' https://images.example.com",
          source: 'ours',
        },
      ),
      frames: field(z.enum(['DENY', 'SAMEORIGIN']).default('DENY'), {
        doc: 'Whether a page of this site may be shown inside another page.',
        example: 'SAMEORIGIN',
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

/** How much of an address another site is told that is visited from here: its host alone. */
export const referrerPolicy = 'strict-origin-when-cross-origin'

export type CdnSettings = z.output<typeof cdnSettings>

/**
 * The policy that pages are sent with; undefined where there is none. Who may frame them is said in it, too: browsers
 * look at X-Frame-Options only where the policy is silent about it.
 */
export function contentSecurityPolicyOf({ contentSecurityPolicy, frames }: CdnSettings): string | undefined {
  if (contentSecurityPolicy === false) return undefined
  if (/(^|;)\s*frame-ancestors\s/i.test(contentSecurityPolicy)) return contentSecurityPolicy
  const ancestors = { DENY: "'none'", SAMEORIGIN: "'self'" }[frames]
  return `${contentSecurityPolicy.replace(/;\s*$/, '')}; frame-ancestors ${ancestors}`
}
