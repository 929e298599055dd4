import { promisify } from 'node:util'
import { brotliDecompress, gunzip, gzip as compress } from 'node:zlib'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { findAssets } from './assets.ts'
import { journeyOf } from './check-api.ts'
import { isCompressible } from './classes.ts'
import { type Answer, type SiteClient, withSite } from './fetch.ts'
import type { Elsewhere, OnAws, OnThisMachine, Site } from './endpoint.ts'
import { worthwhile } from './releases/compress.ts'

const next = 'edge deploy cdn restores the compressed files and nginx.conf'
/** What saves less, a file that is compressed inside (an icon made of a PNG), may be sent either way. */
const worthwhileRatio = 0.9

/** Which files a site compresses, of those whose type can be: by their sizes in bytes. */
type Compressed = {
  readonly atLeast: number
  readonly atMost: number
  /** Types that it leaves as they are, by the names' endings. */
  readonly except?: readonly string[]
}

/** What CloudFront does (developer guide, "Serve compressed files"), and so what is asked of any site that says nothing. */
const usual: Compressed = {
  atLeast: 1000,
  atMost: 10_000_000,
  except: ['ico', 'webmanifest', 'geojson', 'md', 'vtt', 'yaml', 'yml', 'atom'],
}

type Seen = {
  readonly path: string
  readonly plain: number
  readonly gzip: number
  readonly brotli: number
  readonly problem: string | undefined
}

/**
 * Only nginx here compresses what the API sends on its way: CloudFront passes what it may not keep through as it comes.
 */
export const compressionHere = (endpoint: OnThisMachine): Promise<Verdict> =>
  compression(endpoint, worthwhile, endpoint.api ? journeyOf(endpoint.api) : [])
export const compressionFromOutside = (endpoint: OnAws | Elsewhere): Promise<Verdict> =>
  compression(endpoint, usual, [])

/** Asks for each file that the homepage leads to in three encodings, unpacks what comes, and compares it. */
async function compression(site: Site, compresses: Compressed, ofApi: readonly string[]): Promise<Verdict> {
  return withSite(site, async (client) => {
    const assets = await findAssets(client)
    const files = ['/', ...assets.hashed, ...assets.image, ...assets.font, ...assets.other]
    const seen = await Promise.all(files.map((path) => look(client, path, compresses)))
    const json = await firstJson(client, ofApi, compresses)
    const compressed = seen.filter(({ gzip, plain }) => gzip < plain)
    const sum = (of: (entry: Seen) => number): string =>
      `${(compressed.reduce((total, entry) => total + of(entry), 0) / 1024).toFixed(0)} kB`
    const facts = measured({
      files: seen.length,
      compressed: compressed.length,
      plain: sum(({ plain }) => plain),
      gzip: sum(({ gzip }) => gzip),
      br: sum(({ brotli }) => brotli),
      ...(json ? { 'JSON of the API': json.path } : {}),
    })
    const wrong = [...seen, ...(json ? [json] : [])].find(({ problem }) => problem !== undefined)
    if (wrong) return broken(facts, `${wrong.path} ${wrong.problem}`, next)
    if (compressed.length > 0) return kept(facts)
    return notClaimed(`no file here is of a size that is compressed (from ${compresses.atLeast} bytes on)`)
  })
}

const encodings = ['identity', 'gzip', 'br'] as const

/** The same path in each encoding: plain, gzip, br. */
async function inEach({ ask }: SiteClient, path: string): Promise<readonly [Answer, Answer, Answer]> {
  const [plain, zipped, brotli] = await Promise.all(
    encodings.map((encoding) => ask(path, { headers: { 'accept-encoding': encoding } })),
  )
  if (!plain || !zipped || !brotli) throw new Error('three questions have three answers')
  return [plain, zipped, brotli]
}

const packed = (zipped: Answer, brotli: Answer) => [[zipped, 'gzip'] as const, [brotli, 'br'] as const]
const unpackers = { gzip: promisify(gunzip), br: promisify(brotliDecompress) }
const unpacked = ({ body }: Answer, encoding: keyof typeof unpackers): Promise<Buffer | undefined> =>
  unpackers[encoding](body).catch(() => undefined)
const encodingOf = (answer: Answer): string => answer.header('content-encoding')
const varies = (answer: Answer): boolean => /\baccept-encoding\b/i.test(answer.header('vary'))

async function look(client: SiteClient, path: string, { atLeast, atMost, except = [] }: Compressed): Promise<Seen> {
  const [plain, zipped, brotli] = await inEach(client, path)
  const size = plain.body.length
  const name = path === '/' ? '/index.html' : path
  const meant = size >= atLeast && size <= atMost && !except.some((ending) => name.endsWith(`.${ending}`))
  const sizes = { path, plain: size, gzip: zipped.body.length, brotli: brotli.body.length }
  const problem = async (): Promise<string | undefined> => {
    if (plain.status !== 200) return `answers ${plain.status}`
    if (encodingOf(plain) !== '') return 'is compressed for a client that asked for plain bytes'
    const sentPlain = encodingOf(zipped) === '' && encodingOf(brotli) === ''
    if (!isCompressible(name)) return sentPlain ? undefined : 'is compressed twice'
    if (sentPlain && (await promisify(compress)(plain.body)).length > size * worthwhileRatio) return undefined
    for (const [answer, encoding] of packed(zipped, brotli)) {
      // What it need not compress it may send either way.
      if (encodingOf(answer) === '' && !meant) continue
      if (encodingOf(answer) !== encoding) return `is not sent as ${encoding}`
      if (!varies(answer)) return 'does not say that it varies (Vary)'
      if (answer.body.length >= size && meant) return `is no smaller as ${encoding}`
      if (!(await unpacked(answer, encoding))?.equals(plain.body))
        return `is another file when unpacked from ${encoding}`
    }
    return undefined
  }
  return { ...sizes, problem: await problem() }
}

/** More of them take time and say nothing new. */
const mostPaths = 8

/**
 * The first JSON of these paths of the API that is long enough. Two answers of an API may differ, so each is unpacked,
 * and compared with none; one that is twice as long as need be has others that are long enough.
 */
async function firstJson(client: SiteClient, paths: readonly string[], { atLeast }: Compressed) {
  for (const path of paths.slice(0, mostPaths)) {
    const [plain, zipped, brotli] = await inEach(client, path)
    if (![plain, zipped, brotli].every(isJson) || plain.body.length < 2 * atLeast) continue
    const problem = async (): Promise<string | undefined> => {
      for (const [answer, encoding] of packed(zipped, brotli)) {
        if (encodingOf(answer) !== encoding) return `is not sent as ${encoding}`
        if (!varies(answer)) return 'does not say that it varies (Vary)'
        if (!parses(await unpacked(answer, encoding))) return `is no JSON when unpacked from ${encoding}`
      }
      return undefined
    }
    return { path, problem: await problem() }
  }
  return undefined
}

const isJson = (answer: Answer): boolean =>
  answer.status === 200 && /^application\/json\s*(;|$)/i.test(answer.header('content-type'))

function parses(body: Buffer | undefined): boolean {
  try {
    JSON.parse(body?.toString() ?? '')
    return true
  } catch {
    return false
  }
}
