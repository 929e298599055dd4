import { X509Certificate } from 'node:crypto'
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificateStep, tlsFiles } from '../src/targets/local/certificate.ts'
import { commandForRoot, lowPortsFolder } from '../src/targets/local/low-ports.ts'
import { prepareState } from '../src/targets/local/state.ts'
import { TestInstance } from './instance.ts'
import { hands } from './sabotaged.ts'
import { shownSerial } from './visitor.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()
const domain = 'www.example.test'

/** Two ports that are root's, and nobody's on this machine. */
async function lowPorts(): Promise<readonly [number, number]> {
  const free: number[] = []
  for (let port = 600; free.length < 2; port += 1) {
    const answer = await new Promise<string | undefined>((resolve) => {
      const server = createServer()
      server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      server.listen({ port, host: '::' }, () => server.close(() => resolve(undefined)))
    })
    if (answer !== 'EADDRINUSE') free.push(port)
  }
  const [https = 0, http = 0] = free
  return [https, http]
}

describe('a site for visitors from outside, at ports of root, with a certificate of its own', () => {
  let instance: TestInstance
  let https = 0
  let http = 0
  beforeAll(async () => {
    ;[https, http] = await lowPorts()
    instance = await TestInstance.make()
    const authority = join(instance.folder, 'authority')
    await prepareState(authority, 'authority')
    await certificateStep(authority, domain).ensure(world, { missing: 'all of it' })
    const files = tlsFiles(authority)
    const certificate = JSON.stringify({
      files: { certificate: files.certificate, key: files.key, authority: files.ca },
    })
    await instance.configure(
      `serve: { domain: '${domain}', https: ${https}, http: ${http}, listen: 'public', certificate: ${certificate} },`,
    )
    if (process.getuid?.() === 0) return
    const allowed = await world.run(['sh', '-c', commandForRoot(instance.name, process.getgid?.() ?? 0)])
    if (allowed.code !== 0) throw new Error(`without root this needs sudo: ${allowed.stderr}`)
  })
  afterAll(async () => {
    await instance.remove()
    await rm(lowPortsFolder(instance.name), { recursive: true, force: true })
  })

  it('is brought up, and shows what nginx may do', async () => {
    const { stdout } = await instance.must('up', '--no-load-test')
    expect(stdout).toContain(
      `${join(lowPortsFolder(instance.name), 'with-low-ports')} hands cap_net_bind_service on to nginx, and nothing else of root's`,
    )
    expect(stdout).toContain('broken 0')
    expect(stdout).toContain(`https://${domain}:${https}`)
  })

  it('runs nginx as the engines’ user with that one capability', async () => {
    const status = await readFile(`/proc/${await instance.pid('nginx')}/status`, 'utf8')
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0')
    // Bit 10 is CAP_NET_BIND_SERVICE.
    expect(BigInt(`0x${/^CapPrm:\s+(\w+)/m.exec(status)?.[1]}`)).toBe(1n << 10n)
  })

  it('shows the certificate of the operator, and keeps all that the CDN promises', async () => {
    const verdicts = await instance.verify('cdn')
    expect(verdicts.get('cdn.certificate')).toMatchObject({ verdict: 'kept', evidence: { facts: { names: domain } } })
    expect(verdicts.get('cdn.https')?.verdict).toBe('kept')
  })

  it('changes nothing the second time, and survives the kill of its supervisor', async () => {
    const before = await instance.pid('nginx')
    await instance.must('up', '--no-load-test')
    expect(await instance.pid('nginx')).toBe(before)
    const scan = await world.run(['pgrep', '-f', `^s6-svscan ${join(instance.state, 's6')}`])
    process.kill(Number(scan.stdout.trim()), 'SIGKILL')
    await instance.must('up', '--no-load-test')
    expect((await instance.judgement('cdn.https'))?.verdict).toBe('kept')
  })

  it('takes over renewed files as soon as it may read them, as the agent does each day', async () => {
    const authority = join(instance.folder, 'authority')
    const { certificate, key } = tlsFiles(authority)
    await certificateStep(authority, domain).ensure(world, { missing: 'it was renewed' })
    const pid = await instance.pid('nginx')
    const before = await instance.read('certificate/certificate.pem')
    for (const folder of [authority, join(authority, 'tls')]) await chmod(folder, 0o755)
    await chmod(certificate, 0o644)
    await chmod(tlsFiles(authority).ca, 0o644)
    await chmod(key, 0o000)
    expect((await instance.must('renew')).stderr).toContain('edge deploy cdn takes it over')
    expect(await instance.read('certificate/certificate.pem')).toBe(before)
    await chmod(key, 0o644)
    await instance.must('renew')
    expect(await instance.read('certificate/certificate.pem')).toBe(await readFile(certificate, 'utf8'))
    expect((await instance.judgement('cdn.certificate'))?.verdict).toBe('kept')
    expect(await instance.pid('nginx')).toBe(pid)
  })

  it('leaves to the operator what else the configuration says by then', async () => {
    const before = await instance.read('engines/nginx/nginx.conf')
    await certificateStep(join(instance.folder, 'authority'), domain).ensure(world, { missing: 'it was renewed' })
    const files = tlsFiles(join(instance.folder, 'authority'))
    for (const path of [files.certificate, files.key]) await chmod(path, 0o644)
    const configured = await readFile(instance.file, 'utf8')
    await writeFile(instance.file, configured.replace('serve: { domain', "cdn: { hsts: '1 day' },\n  serve: { domain"))
    await instance.must('renew')
    expect(await instance.read('engines/nginx/nginx.conf')).toBe(before)
    const renewed = new X509Certificate(await readFile(files.certificate)).serialNumber
    await expect.poll(() => shownSerial(https, domain)).toBe(renewed)
    expect((await instance.must('plan', 'cdn')).stdout).toContain('nginx.conf')
    await writeFile(instance.file, configured)
  })

  it("renews the instance's own certificate, and the engines read it", async () => {
    const { run } = await hands(instance)
    const { ca, certificate, key } = tlsFiles(instance.state)
    const signer = ['-CA', ca, '-CAkey', join(instance.state, 'tls', 'ca.key')]
    const subject = ['-subj', '/CN=edge', '-addext', `subjectAltName=DNS:${domain},DNS:localhost,IP:127.0.0.1`]
    await run([
      'openssl',
      'req',
      '-x509',
      '-new',
      '-days',
      '5',
      ...subject,
      ...signer,
      '-key',
      key,
      '-out',
      certificate,
    ])
    await instance.must('renew')
    expect(new X509Certificate(await readFile(certificate)).validToDate.getTime()).toBeGreaterThan(
      Date.now() + 390 * 86_400_000,
    )
    const { stdout } = await instance.must('up', '--no-load-test')
    for (const engine of ['etcd', 'pg1', 'pg2', 'pgbouncer']) {
      expect(stdout).toMatch(new RegExp(`✓ ${engine} +runs`))
    }
    expect((await instance.verify('database')).get('database.encryptedConnections')?.verdict).toBe('kept')
  })

  it('is destroyed whole, and names what root alone may remove', async () => {
    const { stdout } = await instance.must('destroy', '--yes')
    expect(stdout).toContain(`rm -r ${lowPortsFolder(instance.name)}`)
    // Its parent may be root's: then it stays, and is empty.
    expect(await readdir(instance.state).catch(() => [])).toEqual([])
  })
})
