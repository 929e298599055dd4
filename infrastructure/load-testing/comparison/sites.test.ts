import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreed } from '../../../src/cli/ask.ts'
import { testWorld } from '../../../test/world.ts'
import { releaseGuard, sidesOf, sitesOf } from './sites.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sites-'))
  await writeFile(join(folder, 'ca.crt'), '')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const own = { site: 'https://own.invalid:8443', connectTo: '127.0.0.1', ca: '/own/ca.crt' }
const other = 'https://127.0.0.1:9443'
const elsewhere = ['https://192.0.2.1', 'https://192.0.2.1:8443'] as const

function sides(
  base: string,
  candidate: string,
  { ca, password, known = [] }: { ca?: string; password?: string; known?: [string, number][] } = {},
) {
  const { world } = testWorld({ cwd: folder, env: password === undefined ? {} : { EDGE_TEST_PASSWORD: password } })
  const against = known.map(([site, requestsPerSecond]) => ({ site, requestsPerSecond }))
  const endpoint = { place: own, password: 'own', settings: { against } }
  return sidesOf(sitesOf([base, candidate]), endpoint, { ca, yes: true }, world, { agreed })
}

describe('two sites on one machine', () => {
  const [ofOwn, ofOther] = [
    { site: own.site, isLoopback: true, password: 'own', ca: own.ca, connectTo: '127.0.0.1' },
    { site: other, isLoopback: true, password: 'theirs' },
  ]

  it('are this instance, of which all is known, and one whose password and authority are given', async () => {
    const given = { ca: 'ca.crt', password: 'theirs' }
    const found = { ...ofOther, ca: join(folder, 'ca.crt') }
    expect(await sides(own.site, other, given)).toEqual({ base: ofOwn, candidate: found })
    expect(await sides(other, own.site, given)).toEqual({ base: found, candidate: ofOwn })
  })

  it('may be one and the same, to see how much chance does', async () => {
    expect(await sides(own.site, own.site, { password: 'theirs' })).toEqual({ base: ofOwn, candidate: ofOwn })
  })

  it('elsewhere are both asked as little as the one that may be asked less', async () => {
    const known: [string, number][] = [
      [elsewhere[0], 7],
      [elsewhere[1], 90],
    ]
    expect(await sides(...elsewhere, { known, password: 'theirs' })).toMatchObject({
      base: { isLoopback: false, requestsPerSecond: 7 },
      candidate: { isLoopback: false, requestsPerSecond: 7 },
    })
    await expect(sides(...elsewhere, { password: 'theirs' })).rejects.toThrow('not among loadTesting.against')
  })
})

describe('two sites are refused', () => {
  it('where they are not on one machine', async () => {
    const says = 'they are not on one machine'
    await expect(sides(own.site, elsewhere[0])).rejects.toThrow(says)
    await expect(sides(other, elsewhere[0])).rejects.toThrow(says)
    await expect(sides(elsewhere[0], 'https://192.0.2.2')).rejects.toMatchObject({
      exitCode: 2,
      hints: expect.arrayContaining(['https://192.0.2.1: 192.0.2.1', 'https://192.0.2.2: 192.0.2.2']),
    })
  })

  it('where the authority of one cannot be read', async () => {
    await expect(sides(own.site, other, { ca: 'nowhere.crt' })).rejects.toThrow('cannot be read')
  })

  it('where one of them is no site', () => {
    expect(() => sitesOf([other, '2026-11-23.1'])).toThrow('(2026-11-23.1 is no address)')
    expect(() => sitesOf([`${other}/path`, other])).toThrow('without a path')
  })
})

describe('a release that goes live meanwhile', () => {
  async function published(base: string, candidate: string): Promise<void> {
    const live = ['r1', 'r1', 'r2']
    const endpoint = { place: own, release: () => Promise.resolve(live.shift()) }
    const guard = await releaseGuard(endpoint, await sides(base, candidate, { password: 'theirs' }))
    await guard()
    await guard()
  }

  it('ends a comparison of which this instance is a side', async () => {
    const says = 'r1 was live at the beginning, and r2 is now'
    await expect(published(own.site, other)).rejects.toThrow(says)
    await expect(published(other, own.site)).rejects.toThrow(says)
  })

  it('does not concern one of two others', async () => {
    await expect(published(other, other)).resolves.toBeUndefined()
  })
})
