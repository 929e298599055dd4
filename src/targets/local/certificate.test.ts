import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { certificateStep, tlsFiles } from './certificate.ts'

const { world } = testWorld()
let state = ''
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-tls-'))
  await mkdir(join(state, 'tls'))
})
afterEach(() => rm(state, { recursive: true, force: true }))

const make = async (domain = 'localhost', at = world) => {
  const step = certificateStep(state, domain)
  const before = await step.observe(at)
  if (before !== 'done') await step.ensure(at, before)
  expect(await step.observe(at)).toBe('done')
  return before
}
const server = async () => new X509Certificate(await readFile(tlsFiles(state).certificate))

describe('the certificate', () => {
  it('is signed by the authority of the instance, for its domain and for loopback', async () => {
    await make('sports.example')
    const certificate = await server()
    expect(certificate.verify(new X509Certificate(await readFile(tlsFiles(state).ca)).publicKey)).toBe(true)
    expect(certificate.subjectAltName).toBe(
      'DNS:sports.example, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    )
  })

  it('names a domain of the greatest length that there is', async () => {
    const domain = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`
    await make(domain)
    expect((await server()).checkHost(domain)).toBe(domain)
  })

  it('is made once', async () => {
    await make()
    const { fingerprint256 } = await server()
    expect(await make()).toBe('done')
    expect((await server()).fingerprint256).toBe(fingerprint256)
  })

  it('is made anew for another domain, by an authority that may sign for it', async () => {
    await make()
    expect(await make('sports.example')).toEqual({ missing: 'the certificate authority is for another domain' })
    const { ca, certificate } = tlsFiles(state)
    const verified = await world.run([
      'openssl',
      'verify',
      '-CAfile',
      ca,
      '-verify_hostname',
      'sports.example',
      certificate,
    ])
    expect(verified.code).toBe(0)
  })

  it('has its authority made again from its key where the certificate of that is gone: whoever imported it trusts it', async () => {
    await make()
    const { ca, certificate } = tlsFiles(state)
    const imported = join(state, 'imported.crt')
    await rename(ca, imported)
    expect(await make()).toEqual({ missing: expect.stringContaining('trusted as before') })
    for (const authority of [imported, ca]) {
      const verified = await world.run(['openssl', 'verify', '-CAfile', authority, certificate])
      expect([authority, verified.code]).toEqual([authority, 0])
    }
  })

  it('says that another authority has to be imported where the key is gone', async () => {
    await make()
    await rm(join(state, 'tls', 'ca.key'))
    expect(await make()).toEqual({ missing: expect.stringContaining('has to import another one') })
  })

  it('has an authority of its own again where neither its certificate nor its key can be read', async () => {
    await make()
    for (const name of ['ca.key', 'ca.crt']) await writeFile(join(state, 'tls', name), 'damaged')
    expect(await make()).toEqual({ missing: 'no certificate authority' })
  })

  it('is renewed when 60 days are left', async () => {
    await make()
    const later = { ...world, now: () => new Date(Date.now() + 340 * 86_400_000) }
    const step = certificateStep(state, 'localhost')
    expect(await step.observe(later)).toEqual({ missing: '56 days left' })
  })

  it('is made anew when its key is another one', async () => {
    await make()
    await writeFile(tlsFiles(state).key, await readFile(join(state, 'tls', 'ca.key')))
    expect(await make()).toEqual({ missing: 'the key is not that of the certificate' })
  })
})
