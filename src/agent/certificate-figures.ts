import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { metric } from '../core/metric.ts'

/** From when to when a certificate is good, in ms since 1970. */
export type Validity = { readonly from: number; readonly to: number }

/** The last one of each that was seen: a site that gives no answer for a while has the certificate that it had. */
const seen = new Map<string, Validity>()

/** Notes what was shown to whoever asked. */
export const noteCertificate = (of: string, validity: Validity): void => void seen.set(of, validity)

/** What the engines show each other; a file that cannot be read says nothing. */
async function ofEngines(file: string): Promise<Validity | undefined> {
  try {
    const { validFrom, validTo } = new X509Certificate(await readFile(file))
    return { from: Date.parse(validFrom), to: Date.parse(validTo) }
  } catch {
    return undefined
  }
}

/** Until when each certificate is good, and how long it is in all, in the text form of Prometheus. */
export async function certificateFigures(file: string): Promise<string> {
  const own = await ofEngines(file)
  const all = [...seen, ...(own ? [['engines', own] as const] : [])]
  const figure = (name: string, help: string, value: (validity: Validity) => number): string =>
    metric(
      name,
      'gauge',
      help,
      all.map(([of, validity]) => [`{of="${of}"}`, value(validity)] as const),
    )
  return [
    figure('edge_certificate_ends_seconds', 'When the certificate ends.', ({ to }) => to / 1000),
    figure('edge_certificate_lasts_seconds', 'How long it is good in all.', ({ from, to }) => (to - from) / 1000),
  ].join('')
}
