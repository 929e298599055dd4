import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { certificateStep, tlsFiles } from './certificate.ts'
import { orderProblem, placeholderProblem, placePlaceholder } from './ordered-certificate.ts'
import { acmeFiles, certificateOf } from './site-certificate.ts'
import { prepareState } from './state.ts'

const { world } = testWorld()
const settings = { email: 'operations@example.com', directory: 'https://ca.example.com/directory' }
const domain = 'www.example.com'
let state: string
let site: string
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-ordered-'))
  site = acmeFiles(state).site
  await prepareState(state, 'ordered')
  await certificateStep(state, domain).ensure(world, { missing: 'all of it' })
})
afterAll(() => rm(state, { recursive: true }))
beforeEach(() => rm(site, { force: true }))

const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000)
const problem = (now = new Date(), name = domain) => orderProblem(state, settings, name, now)
/** Puts a certificate of 397 days where an ordered one lies. */
async function place(from: string): Promise<void> {
  const { key, certificate } = tlsFiles(state)
  await placePlaceholder(state)
  const pair = `${await readFile(key, 'utf8')}${await readFile(certificate, 'utf8')}`
  await writeFile(site, `Ordered from ${from}\n${pair}`)
}

describe('before a certificate is ordered', () => {
  it("shows the instance's own, which only the engines may read", async () => {
    expect(await placeholderProblem(state)).toBe('nothing to show yet')
    await placePlaceholder(state)
    expect(await placeholderProblem(state)).toBeUndefined()
    expect((await stat(site)).mode & 0o777).toBe(0o600)
    const own = certificateOf(await readFile(tlsFiles(state).certificate, 'utf8'))
    expect(certificateOf(await readFile(site, 'utf8'))?.fingerprint256).toBe(own?.fingerprint256)
  })

  it('does not take its own for an ordered one', async () => {
    await placePlaceholder(state)
    expect(await problem()).toBe('none was ordered yet')
  })

  it('replaces what nginx would not start with', async () => {
    await writeFile(site, await readFile(tlsFiles(state).certificate))
    expect(await placeholderProblem(state)).toBe('what there is to show is damaged')
  })
})

describe('an ordered certificate', () => {
  it('will do while it is far from its end', async () => {
    await place(settings.directory)
    expect(await placeholderProblem(state)).toBeUndefined()
    expect(await problem()).toBeUndefined()
    expect(await problem(inDays(397 - 41))).toBeUndefined()
  })

  it.each([
    ['near its end', () => problem(inDays(397 - 39.5)), /^39.5 days left$/],
    ['after its end', () => problem(inDays(400)), /^the certificate expired on/],
    ['for another domain', () => problem(new Date(), 'example.org'), /^the certificate does not name example.org/],
  ])('is ordered anew %s', async (_, seen, words) => {
    await place(settings.directory)
    expect(await seen()).toMatch(words)
  })

  it('is ordered anew from another authority', async () => {
    await place('https://other.example.com/directory')
    expect(await problem()).toBe('the one that is shown was ordered from https://other.example.com/directory')
  })
})
