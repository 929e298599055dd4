import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { certificateStep, tlsFiles } from './certificate.ts'
import { certificateProblem, keepGiven, readGiven, siteTls } from './site-certificate.ts'

const { world } = testWorld()
// The certificates are made after this line, and are good from the second in which they are made.
const now = new Date(Date.now() + 60_000)
const inTwoYears = new Date(now.getTime() + 2 * 365 * 86_400_000)
const yesterday = new Date(now.getTime() - 86_400_000)

let folder: string
let certificate: string
let key: string
let otherKey: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-given-'))
  const made = async (name: string): Promise<readonly [string, string]> => {
    const state = join(folder, name)
    await mkdir(join(state, 'tls'), { recursive: true })
    await certificateStep(state, 'www.example.com').ensure(world, { missing: 'all of it' })
    const files = tlsFiles(state)
    return [await readFile(files.certificate, 'utf8'), await readFile(files.key, 'utf8')]
  }
  const [[one, its], [, another]] = await Promise.all([made('one'), made('other')])
  ;[certificate, key, otherKey] = [one, its, another]
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a certificate of the operator', () => {
  it('that names the site, and whose key it is, can be shown', () => {
    expect(certificateProblem(certificate, key, 'www.example.com', now)).toBeUndefined()
  })

  it.each([
    [
      'has expired',
      () => certificateProblem(certificate, key, 'www.example.com', inTwoYears),
      'certificate',
      /^expired on \d{4}-\d\d-\d\d$/,
    ],
    [
      'is not valid yet',
      () => certificateProblem(certificate, key, 'www.example.com', yesterday),
      'certificate',
      /^is valid only from/,
    ],
    [
      'is for another name',
      () => certificateProblem(certificate, key, 'other.example.com', now),
      'certificate',
      /^does not name other\.example\.com \(it names DNS:www\.example\.com/,
    ],
    [
      'is none',
      () => certificateProblem('nothing', key, 'www.example.com', now),
      'certificate',
      /^is no certificate in PEM form$/,
    ],
    [
      'has the key of another',
      () => certificateProblem(certificate, otherKey, 'www.example.com', now),
      'key',
      /^is not the key of that certificate$/,
    ],
    [
      'has no key',
      () => certificateProblem(certificate, 'nothing', 'www.example.com', now),
      'key',
      /^is no private key/,
    ],
  ])('that %s is refused in words', (_, problem, field, what) => {
    expect(problem()).toMatchObject({ field, what: expect.stringMatching(what) })
  })
})

describe('taking it over', () => {
  let state: string
  beforeEach(async () => {
    state = await mkdtemp(join(folder, 'state-'))
    await writeFile(join(folder, 'fullchain.pem'), certificate)
    await writeFile(join(folder, 'key.pem'), key)
  })
  const files = { certificate: 'fullchain.pem', key: 'key.pem' }
  const take = async () =>
    keepGiven(await readGiven(state, { files }, { directory: folder, domain: 'www.example.com' }, world.now()))

  it('copies it to where only the engines may read it, and changes nothing the second time', async () => {
    expect(await take()).toEqual({ changed: true })
    const to = siteTls(state, { files })
    expect(await readFile(to.certificate, 'utf8')).toBe(certificate)
    expect((await stat(to.key)).mode & 0o777).toBe(0o600)
    const { mtimeMs } = await stat(to.key)
    expect(await take()).toEqual({ changed: false })
    expect((await stat(to.key)).mtimeMs).toBe(mtimeMs)
  })

  it('leaves the copy of before where the new one is refused, and names the field', async () => {
    await take()
    await writeFile(join(folder, 'key.pem'), otherKey)
    await expect(take()).rejects.toMatchObject({ where: 'serve.certificate.files.key', exitCode: 2 })
    expect(await readFile(siteTls(state, { files }).key, 'utf8')).toBe(key)
  })

  it('names the file that is not there', async () => {
    await rm(join(folder, 'fullchain.pem'))
    await expect(take()).rejects.toMatchObject({
      where: 'serve.certificate.files.certificate',
      message: expect.stringContaining('fullchain.pem'),
    })
  })
})
