import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inbox } from '../src/agent/history.ts'
import { acmeFiles } from '../src/targets/local/site-certificate.ts'
import { project, TestInstance } from './instance.ts'
import { Pebble } from './pebble.ts'
import { freePorts } from './ports.ts'
import { hands } from './sabotaged.ts'
import { plainly, shownSerial } from './visitor.ts'

const domain = 'www.example.test'
const ninetyDays = 90 * 86_400
/** Long enough for an order, short enough to wait for its renewal. */
const shortSeconds = 30
const upTakes = { timeout: 300_000 }

let instance: TestInstance
let https = 0
let http = 0
let usual: Pebble
let brief: Pebble

beforeAll(async () => {
  ;[https = 0, http = 0] = await freePorts(2)
  instance = await TestInstance.make()
  usual = await Pebble.start(http, ninetyDays)
  brief = await Pebble.start(http, shortSeconds)
  await mkdir(join(instance.folder, 'site'))
  await writeFile(join(instance.folder, 'site', 'index.html'), '<!doctype html><title>Ordered</title>')
  await orderFrom(usual)
})
afterAll(async () => {
  await instance.remove()
  await Promise.all([usual, brief].map((pebble) => pebble.stop()))
})

function orderFrom({ directory, authority }: Pebble): Promise<void> {
  const acme = JSON.stringify({ email: 'operations@example.test', directory, authority })
  return instance.configure(
    `site: { static: '${join(instance.folder, 'site')}' },
  serve: { domain: '${domain}', https: ${https}, http: ${http}, certificate: { acme: ${acme} } },`,
  )
}

const placed = async () => new X509Certificate(await readFile(acmeFiles(instance.state).site))
const account = () => readFile(acmeFiles(instance.state).account, 'utf8')

function deploying() {
  const child = spawn(join(project, 'edge'), ['deploy', 'cdn', '--config', instance.file], { stdio: 'ignore' })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended }
}

describe('a certificate that is ordered', () => {
  it('is refused in the words of the authority, and the site is up without it', upTakes, async () => {
    await usual.loseName(domain)
    const ran = await instance.edge(['up', '--no-load-test'])
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('serve.certificate.acme: 127.0.0.1:')
    expect(ran.stderr).toMatch(/refused: .*could not resolve/)
    expect(ran.stderr).toContain(`does http://${domain}/ lead here, from outside, on port 80`)
    expect((await instance.status()).engines.filter(({ state }) => state !== 'up')).toEqual([])
    expect(await shownSerial(https, domain)).toBe(
      new X509Certificate(await readFile(join(instance.state, 'tls', 'server.crt'))).serialNumber,
    )
  })

  it('is there after the next up, with the account of before', upTakes, async () => {
    await usual.findName(domain)
    const before = await account()
    const { stdout } = await instance.must('up', '--no-load-test')
    expect(stdout).toContain('broken 0')
    expect(await account()).toBe(before)
    expect(await shownSerial(https, domain)).toBe((await placed()).serialNumber)
    const files = acmeFiles(instance.state)
    for (const path of [files.site, files.account]) expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(files.challenges)).toEqual([])
  })

  it('keeps the promise of the CDN, with who signed it and how it is renewed', async () => {
    expect((await instance.verify('cdn')).get('cdn.certificate')).toMatchObject({
      verdict: 'kept',
      evidence: {
        facts: {
          names: domain,
          trusted: 'yes',
          'days left': 89,
          issuer: expect.stringContaining('Pebble'),
          renewed: expect.stringContaining('by the agent, ordered from 127.0.0.1'),
        },
      },
    })
  })

  it('is asked for on plain HTTP, where everything else is sent on to HTTPS', async () => {
    expect(await plainly(http, '/.well-known/acme-challenge/none')).toMatchObject({ status: 404 })
    expect(await plainly(http, '/.well-known/other')).toEqual({
      status: 301,
      location: `https://${domain}:${https}/.well-known/other`,
    })
    expect(await plainly(http, '/', 'POST')).toMatchObject({ status: 308 })
  })

  it('is not ordered again while it is good: neither by up nor by the agent', upTakes, async () => {
    const [before, pid] = [(await placed()).serialNumber, await instance.pid('nginx')]
    const { stdout } = await instance.must('up', '--no-load-test')
    await instance.must('renew')
    expect(stdout).toMatch(/✓ nginx +runs/)
    expect((await placed()).serialNumber).toBe(before)
    expect(await instance.pid('nginx')).toBe(pid)
  })

  it('is looked at by the agent once a day', async () => {
    const { jobs } = JSON.parse(await instance.read('engines/agent/agent.json'))
    expect(jobs).toContainEqual(
      expect.objectContaining({
        schedule: expect.stringMatching(/^\d+ \d+ \* \* \*$/),
        command: expect.arrayContaining(['renew', instance.file]),
        catchUp: true,
      }),
    )
  })

  it('stays where the challenge of the next one is refused', upTakes, async () => {
    const before = (await placed()).serialNumber
    await orderFrom(brief)
    await brief.loseName(domain)
    const ran = await instance.edge(['deploy', 'cdn'])
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('nothing was changed: the certificate before is still shown')
    expect((await placed()).serialNumber).toBe(before)
    expect(await shownSerial(https, domain)).toBe(before)
    await brief.findName(domain)
  })

  it('is ordered by the next run when one was killed in the middle', upTakes, async () => {
    const [before, accountBefore] = [(await placed()).serialNumber, await account()]
    const { challenges } = acmeFiles(instance.state)
    const { child, ended } = deploying()
    await expect.poll(() => readdir(challenges), { interval: 2, timeout: 120_000 }).not.toEqual([])
    child.kill('SIGKILL')
    await ended
    expect((await placed()).serialNumber).toBe(before)
    await instance.edge(['deploy', 'cdn'])
    expect((await placed()).issuer).not.toBe(new X509Certificate(await readFile(usual.authority)).issuer)
    expect((await placed()).serialNumber).not.toBe(before)
    expect(await shownSerial(https, domain)).toBe((await placed()).serialNumber)
    expect(await account()).toBe(accountBefore)
    expect(await readdir(challenges)).toEqual([])
  })

  it('breaks the promise of the CDN when it is too short-lived for it', async () => {
    expect(await instance.judgement('cdn.certificate')).toMatchObject({
      verdict: 'broken',
      because: expect.stringContaining('more than 30 days'),
    })
  })

  describe('with an agent whose day has five seconds', () => {
    let asRendered: string
    const agentWith = async (settings: string) => {
      const { edit, reload } = await hands(instance)
      await edit('engines/agent/agent.json', () => settings)
      await reload('agent')
    }
    beforeAll(async () => {
      asRendered = await instance.read('engines/agent/agent.json')
      const settings = JSON.parse(asRendered)
      const jobs = settings.jobs.filter(({ command }: { command: string[] }) => command.includes('renew'))
      const often = jobs.map((job: object) => ({ ...job, schedule: '*/5 * * * * *' }))
      await agentWith(JSON.stringify({ ...settings, jobs: often }))
    })
    afterAll(() => agentWith(asRendered))

    it('is renewed when it is due, with a new key, and nginx goes on', async () => {
      const before = await placed()
      const pid = await instance.pid('nginx')
      const renewed = { timeout: 60_000, interval: 500 }
      await expect.poll(async () => (await placed()).serialNumber, renewed).not.toBe(before.serialNumber)
      const after = await placed()
      expect(after.publicKey.equals(before.publicKey)).toBe(false)
      await expect.poll(() => shownSerial(https, domain)).toBe(after.serialNumber)
      expect(await instance.pid('nginx')).toBe(pid)
    })

    it('stays, and the operator is told, where the authority cannot be asked', async () => {
      await brief.stop()
      const before = await placed()
      const told = { timeout: 60_000, interval: 500 }
      await expect
        .poll(() => inbox(instance.state, 1), told)
        .toMatchObject([
          { id: 'cdn.certificate', says: expect.stringMatching(/^not renewed: .*cannot be asked: .*ECONNREFUSED/) },
        ])
      expect((await instance.must('status')).stdout).toContain('cdn.certificate  not renewed: ')
      expect((await instance.must('logs', 'agent')).stdout).toContain('edge renew ended with 1')
      expect(await shownSerial(https, domain)).toBe(before.serialNumber)
    })
  })

  it('is mended, and the promise kept again, by the authority of before', upTakes, async () => {
    await orderFrom(usual)
    await instance.must('deploy', 'cdn')
    expect((await instance.verify('cdn')).get('cdn.certificate')?.verdict).toBe('kept')
    const { edit, reload } = await hands(instance)
    const own = await instance.read('tls/server.crt')
    const ownKey = await instance.read('tls/server.key')
    await edit('acme/site.pem', () => `${ownKey}${own}`)
    // As whoever restores a file by hand would.
    await reload('nginx')
    await expect.poll(async () => (await instance.judgement('cdn.certificate'))?.verdict).toBe('broken')
    await instance.must('renew')
    expect((await instance.judgement('cdn.certificate'))?.verdict).toBe('kept')
  })

  it('is left alone by Ctrl-C, which ends an order at once', upTakes, async () => {
    const { site, challenges } = acmeFiles(instance.state)
    await rm(site)
    const { child, ended } = deploying()
    await expect.poll(() => readdir(challenges), { interval: 2, timeout: 120_000 }).not.toEqual([])
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(await readdir(challenges)).toEqual([])
  })

  /** Moments of a run that orders, in ms: random, and printed with the test's name. */
  const moments = Array.from({ length: 2 }, () => Math.round(Math.random() * 3000))

  it(`comes to the same end after kill -9, after ${moments.join(', ')} ms`, upTakes, async () => {
    const { site, challenges } = acmeFiles(instance.state)
    const accountBefore = await account()
    for (const moment of moments) {
      await rm(site, { force: true })
      const { child, ended } = deploying()
      await Promise.race([wait(moment), ended])
      child.kill('SIGKILL')
      await ended
    }
    await instance.must('deploy', 'cdn')
    expect((await instance.verify('cdn')).get('cdn.certificate')?.verdict).toBe('kept')
    expect(await shownSerial(https, domain)).toBe((await placed()).serialNumber)
    expect(await account()).toBe(accountBefore)
    expect(await readdir(challenges)).toEqual([])
  })
})
