import { promisify } from 'node:util'
import { brotliDecompress, gunzip, gzip as compress } from 'node:zlib'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { findAssets } from './assets.ts'
import { isCompressible } from './classes.ts'
import { type SiteClient, withSite } from './fetch.ts'
import type { CdnEndpoint } from './local.ts'

const next = 'edge deploy cdn publishes the compressed bodies anew and puts nginx.conf back'
/** What saves less, a file that is compressed inside (an icon made of a PNG), may be sent either way. */
const worthwhileRatio = 0.9
/** Below this the headers outweigh what compression saves. */
const worthwhileBytes = 256

type Seen = {
  readonly path: string
  readonly plain: number
  readonly gzip: number
  readonly brotli: number
  readonly problem: string | undefined
}

/** Asks for each file that the homepage leads to in three encodings, unpacks what comes, and compares it. */
export async function compression(endpoint: CdnEndpoint): Promise<Verdict> {
  return withSite(endpoint, async (client) => {
    const assets = await findAssets(client)
    const files = ['/', ...assets.hashed, ...assets.image, ...assets.font, ...assets.other]
    const seen = await Promise.all(files.map((path) => look(client, path)))
    const compressed = seen.filter(({ gzip, plain }) => gzip < plain)
    const sum = (of: (entry: Seen) => number): string =>
      `${(compressed.reduce((total, entry) => total + of(entry), 0) / 1024).toFixed(0)} kB`
    const facts = measured({
      files: seen.length,
      compressed: compressed.length,
      plain: sum(({ plain }) => plain),
      gzip: sum(({ gzip }) => gzip),
      br: sum(({ brotli }) => brotli),
    })
    const wrong = seen.find(({ problem }) => problem !== undefined)
    if (wrong) return broken(facts, `${wrong.path} ${wrong.problem}`, next)
    return compressed.length === 0 ? notClaimed(`no file here is larger than ${worthwhileBytes} bytes`) : kept(facts)
  })
}

async function look({ ask }: SiteClient, path: string): Promise<Seen> {
  const [plain, zipped, brotli] = await Promise.all(
    ['identity', 'gzip', 'br'].map((encoding) => ask(path, { headers: { 'accept-encoding': encoding } })),
  )
  if (!plain || !zipped || !brotli) throw new Error('three questions have three answers')
  const possible = isCompressible(path === '/' ? '/index.html' : path) && plain.body.length >= worthwhileBytes
  const sizes = { path, plain: plain.body.length, gzip: zipped.body.length, brotli: brotli.body.length }
  const problem = async (): Promise<string | undefined> => {
    if (plain.status !== 200) return `answers ${plain.status}`
    if (plain.header('content-encoding') !== '') return 'is compressed for a client that asked for plain bytes'
    const sentPlain = zipped.header('content-encoding') === '' && brotli.header('content-encoding') === ''
    if (!possible) return sentPlain ? undefined : 'is compressed twice'
    if (sentPlain && (await promisify(compress)(plain.body)).length > plain.body.length * worthwhileRatio)
      return undefined
    for (const [answer, encoding, unpack] of [
      [zipped, 'gzip', gunzip],
      [brotli, 'br', brotliDecompress],
    ] as const) {
      if (answer.header('content-encoding') !== encoding) return `is not sent as ${encoding}`
      if (!/\baccept-encoding\b/i.test(answer.header('vary'))) return 'does not say that it varies (Vary)'
      if (answer.body.length >= plain.body.length) return `is no smaller as ${encoding}`
      const body = await promisify(unpack)(answer.body).catch(() => undefined)
      if (!body?.equals(plain.body)) return `is another file when unpacked from ${encoding}`
    }
    return undefined
  }
  return { ...sizes, problem: await problem() }
}
