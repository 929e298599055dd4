import { randomBytes } from 'node:crypto'
import { testWorld } from '../../../test/world.ts'
import { runCheck } from '../../../src/core/verify.ts'
import { checks } from '../checks.ts'
import type { Elsewhere, OnAws } from '../endpoint.ts'
import type { Respond, TestEdge } from './test-edge.ts'

export const script = 'const games = 44713\n'.repeat(100)
export const page = (...tags: string[]): string =>
  `<!doctype html><title>the app</title>${tags.join('')}<p>${script}</p>`
/** Something of each kind that a check looks for. */
export const whole = {
  'index.html': page(
    '<script src="/assets/app-A1b2C3d4.js"></script>',
    '<link rel="stylesheet" href="/assets/app-E5f6G7h8.css">',
    '<img src="/logo.svg">',
  ),
  'assets/app-A1b2C3d4.js': script,
  'assets/app-E5f6G7h8.css': `@font-face { src: url(../fonts/sans.woff2) } ${'p { margin: 0 }'.repeat(40)}`,
  'fonts/sans.woff2': randomBytes(2000),
  'logo.svg': '<svg/>',
}
/** An API that sends the request's id back, and has one path. */
export const echo: Respond = ({ headers, url }, response) =>
  response
    .writeHead(url === '/api/health' ? 200 : 404, { 'x-request-id': headers['x-request-id'] ?? '' })
    .end('{"own":"words"}')

/** The same site, as if somebody else had deployed it. */
export const asElsewhere = ({ endpoint }: TestEdge): Elsewhere => {
  const { https, http, domain, connectTo, ca, api } = endpoint
  return {
    on: 'elsewhere',
    https,
    http,
    domain,
    connectTo,
    ...(ca === undefined ? {} : { ca }),
    ...(api ? { api } : {}),
  }
}

/** The same site, as if it were on AWS: its store is said to be there. */
export function asOnAws({ endpoint }: TestEdge, store: OnAws['store']): OnAws {
  const { machine: _, renewal: __, ...known } = endpoint
  return { ...known, on: 'aws', store }
}

/** What the checks say, each in its words. */
export const verdictsAt = async (
  { endpoint }: TestEdge,
  ...names: (keyof typeof checks)[]
): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      names.map(async (name) => {
        const verdict = await runCheck(checks[name], endpoint, testWorld().world)
        return [name, 'because' in verdict ? `${verdict.is}: ${verdict.because}` : verdict.is]
      }),
    ),
  )
