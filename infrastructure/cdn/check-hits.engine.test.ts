import { afterEach, describe, expect, test } from 'vitest'
import { eachAtOnce } from '../../src/core/at-once.ts'
import { testWorld } from '../../test/world.ts'
import { runCheck } from '../../src/core/verify.ts'
import { checks } from './checks.ts'
import { withSite } from './fetch.ts'
import { echo, script, verdictsAt, whole } from './proofs/test-checks.ts'
import { loadTestAgent, TestEdge } from './proofs/test-edge.ts'

const { world } = testWorld()
let edge: TestEdge
afterEach(() => edge.remove())
const verdicts = (...names: (keyof typeof checks)[]) => verdictsAt(edge, ...names)

describe('the hit ratio', () => {
  const rare = 'assets/rare-A1b2C3d4.js'
  const uncached = (text: string): string =>
    text.replace('location ~ ^/api', `location = /${rare} { proxy_pass http://store; }\n    location ~ ^/api`)
  /** An open tab of the release before may still ask for a file that no page names any more. */
  const withRareFile = async () => {
    edge = await TestEdge.make({ ...whole, [rare]: script })
    edge.respond = echo
  }
  const second = () => Math.floor(Date.now() / 1000)
  const loadTest = (path: string) =>
    withSite(edge.endpoint, async (client) => {
      // The log's times are whole seconds: what is asked for in that of the last change may have been before it.
      const begun = second()
      await expect.poll(second).toBeGreaterThan(begun + 1)
      const ask = () => client.ask(path, { headers: { 'user-agent': loadTestAgent } })
      // One more than is asked for at least: of a cold file, the first is not counted.
      await eachAtOnce(Array.from({ length: 1001 }), ask)
      await expect.poll(async () => (await edge.log()).split(`"${loadTestAgent}"`).length).toBeGreaterThan(1001)
    })

  test('is broken by a file that is loaded later and that no page names', async () => {
    await withRareFile()
    await edge.edit(uncached)
    expect(await verdicts('hitRatio')).toEqual({ hitRatio: 'broken: fewer than 99 %' })
  })

  test('is told of what a load test asked for, since when and how often', async () => {
    await withRareFile()
    await loadTest(`/${rare}`)
    expect(await runCheck(checks.hitRatio, edge.endpoint, world)).toMatchObject({
      is: 'kept',
      evidence: { facts: { 'load test': expect.stringMatching(/^(100|99)\.\d % of 100[01] requests since 20/) } },
    })
  })

  test('is not told by pictures that a load test gets of the API, which are kept nowhere', async () => {
    await withRareFile()
    edge.respond = (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('a picture')
    await loadTest('/api/avatars/7.png')
    const verdict = await runCheck(checks.hitRatio, edge.endpoint, world)
    expect(verdict).toMatchObject({ is: 'kept' })
    expect(verdict).not.toHaveProperty(['evidence', 'facts', 'load test'])
  })

  test('is measured without what may be large: a film in a folder of hashed files', async () => {
    edge = await TestEdge.make(
      { ...whole, 'build/film.mp4': 'a film', 'build/later.js': script },
      { hashedFolders: ['build'] },
    )
    expect(await runCheck(checks.hitRatio, edge.endpoint, world)).toMatchObject({
      is: 'kept',
      evidence: { facts: { files: 5 } },
    })
  })

  test('is broken by what a load test did not get from the cache', async () => {
    await withRareFile()
    await edge.edit(uncached)
    await edge.publish(whole)
    await loadTest(`/${rare}`)
    expect(await verdicts('hitRatio')).toEqual({
      hitRatio: expect.stringMatching(/^broken: fewer than 99 % of what a load test asked for \(0\.0 % of 1000 /),
    })
    // What was asked for before a hand mended nginx.conf says nothing of what it does now.
    await edge.edit((text) => text.replace('proxy_pass http://store;', 'return 404;'))
    expect(await verdicts('hitRatio')).toEqual({ hitRatio: 'kept' })
  })
})
