import { promisify } from 'node:util'
import { brotliCompress, constants as zlib, gzip } from 'node:zlib'
import { isCompressible } from '../classes.ts'

/** Below this a compressed body with its headers is no smaller; above, brotli's highest level takes minutes. */
export const worthwhile = { atLeast: 256, atMost: 10_000_000 }

/** Whether a file of so many bytes is tried: what compresses badly has no other body all the same. */
export const isTried = (name: string, size: number): boolean =>
  isCompressible(name) && size >= worthwhile.atLeast && size <= worthwhile.atMost

export type Encoding = 'br' | 'gzip'
export const suffixOf: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' }

/** The name of the file of which this one is the compressed body. */
export const plainName = (name: string): string => name.replace(/\.(br|gz)$/, '')

export type CompressedBody = { readonly suffix: string; readonly body: Buffer }

/** The bodies that are served in place of a file to clients that take them: suffix → body. Empty where it gains nothing. */
export async function compressed(name: string, body: Buffer): Promise<readonly CompressedBody[]> {
  if (!isTried(name, body.length)) return []
  const [brotli, zipped] = await Promise.all([
    promisify(brotliCompress)(body, {
      params: { [zlib.BROTLI_PARAM_QUALITY]: 11, [zlib.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
    promisify(gzip)(body, { level: 9 }),
  ])
  return [
    { suffix: suffixOf.br, body: brotli },
    { suffix: suffixOf.gzip, body: zipped },
  ].filter((one) => one.body.length < body.length)
}
