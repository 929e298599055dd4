import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { runCheck } from '../../src/core/verify.ts'
import { checks, checksElsewhere } from './checks.ts'
import { asElsewhere, page, script, verdictsAt, whole } from './proofs/test-checks.ts'
import { type Respond, TestEdge } from './proofs/test-edge.ts'

const { world } = testWorld()
let edge: TestEdge
afterEach(() => edge.remove())
const verdicts = (...names: (keyof typeof checks)[]) => verdictsAt(edge, ...names)

test('an icon that is compressed inside need not be compressed again', async () => {
  const files = { 'index.html': page('<link rel="icon" href="/favicon.ico">'), 'favicon.ico': 'icon' }
  edge = await TestEdge.make(files)
  await edge.publish({ ...files, 'favicon.ico': randomBytes(3000) })
  expect(await verdicts('compression')).toEqual({ compression: 'kept' })
})

const leftAsItIs = (text: string): string =>
  text.replace('gzip_static on;', 'gzip_static off;').replace('brotli_static on;', 'brotli_static off;')

test('a page that CloudFront would not compress is judged by what the site itself says that it compresses', async () => {
  edge = await TestEdge.make({ 'index.html': `<!doctype html>${'a'.repeat(485)}` })
  await edge.edit(leftAsItIs)
  expect(await verdicts('compression')).toEqual({ compression: 'broken: / is not sent as gzip' })
  expect(await runCheck(checksElsewhere.compression, asElsewhere(edge), world)).toEqual({
    is: 'notClaimed',
    because: 'no file here is of a size that is compressed (from 1000 bytes on)',
  })
})

test('a file that is too large to be compressed when it is published breaks nothing', async () => {
  const name = 'assets/app-A1b2C3d4.js'
  const files = { 'index.html': page(`<script src="/${name}"></script>`), [name]: 'x'.repeat(10_000_001) }
  edge = await TestEdge.make(files)
  expect(await verdicts('compression')).toEqual({ compression: 'kept' })
})

describe('JSON that visitors get of the API', () => {
  const json: Respond = (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ games: [script] }))
  const judged = async (change?: (text: string) => string) => {
    edge = await TestEdge.make(whole)
    edge.respond = json
    if (change) await edge.edit(change)
    const api = { health: '/api/health', journey: ['/', '/api/games'] }
    return runCheck(checks.compression, { ...edge.endpoint, api }, world)
  }

  test('is compressed', async () => {
    expect(await judged()).toMatchObject({
      is: 'kept',
      evidence: { facts: { 'JSON of the API': '/api/games' } },
    })
  })

  test.each([
    ['gzip', 'gzip on;'],
    ['br', 'brotli on;'],
  ])('is held to %s', async (encoding, line) => {
    const verdict = await judged((text) => text.replace(line, line.replace('on', 'off')))
    expect(verdict).toMatchObject({ is: 'broken', because: `/api/games is not sent as ${encoding}` })
  })

  test('is not judged where another answer may be too short to be compressed', async () => {
    edge = await TestEdge.make(whole)
    edge.respond = ({ headers }, response) => {
      const length = headers['accept-encoding'] === 'identity' ? 400 : 200
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': length })
        .end(JSON.stringify('x'.repeat(length - 2)))
    }
    const api = { health: '/api/health', journey: ['/api/games'] }
    const verdict = await runCheck(checks.compression, { ...edge.endpoint, api }, world)
    expect(verdict).toMatchObject({ is: 'kept' })
    expect(verdict).not.toHaveProperty(['evidence', 'facts', 'JSON of the API'])
  })
})
