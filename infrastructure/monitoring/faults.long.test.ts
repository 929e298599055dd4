import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestInstance } from '../../test/instance.ts'
import { listen } from '../../test/listen.ts'
import { hands } from '../../test/sabotaged.ts'
import { toldOf } from './proofs/test-inbox.ts'
import {
  makeCertificate,
  startMailServer,
  startOutside,
  startWebhook,
  type ToWebhook,
} from './proofs/test-receivers.ts'

/*
 * What keeps a message from whoever is called, one thing after the other: each is seen, and said in its own words. The commands run
 * in a time zone of 12 h 45 min, in which a time that is taken for UTC is another one.
 */

const minutes = 60_000
const login = { user: 'edge', password: 'not a secret' }
let instance: TestInstance
let folder: string
let passwordFile: string
let certificate: ReturnType<typeof makeCertificate>
let webhook: Awaited<ReturnType<typeof startWebhook<ToWebhook>>>
let mail: Awaited<ReturnType<typeof startMailServer>>
let outside: Awaited<ReturnType<typeof startOutside>>
let change: (more: { readonly email?: object; readonly webhooks?: readonly object[] }) => string

const zone = process.env['TZ']
beforeAll(async () => {
  process.env['TZ'] = 'Pacific/Chatham'
  folder = await mkdtemp(join(tmpdir(), 'edge-faults-'))
  await chmod(folder, 0o755)
  certificate = makeCertificate(folder)
  const { path: ca } = certificate
  passwordFile = join(folder, 'password')
  await writeFile(passwordFile, login.password)
  ;[webhook, mail] = [await startWebhook(certificate), await startMailServer(certificate, login)]
  outside = await startOutside(certificate)
  const email = { server: mail.server, from: 'edge@example.com', to: ['oncall@example.com'], ca, passwordFile }
  const heartbeat = { url: outside.url, ca }
  change = (more) => {
    const notify = {
      email: { ...email, user: login.user, ...more.email },
      webhooks: more.webhooks ?? [{ url: webhook.url, ca }],
    }
    return `monitoring: ${JSON.stringify({ notify, heartbeat })}, backup: {},`
  }
  instance = await TestInstance.make(change({}))
  await instance.must('up', '--no-load-test')
})
afterAll(async () => {
  await instance.remove()
  webhook.stop()
  mail.stop()
  outside.stop()
  await rm(folder, { recursive: true, force: true })
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

const notify = () => instance.edge(['notify', 'test'])
/** Nothing of the fault before is still on its way. */
const calm = async () => {
  mail.refuses.length = 0
  webhook.answer.status = 200
  await expect.poll(async () => (await notify()).code, { timeout: 3 * minutes, interval: 5000 }).toBe(0)
}

describe('a mail server', () => {
  it('that refuses the recipient is named, with its own words', { timeout: 5 * minutes }, async () => {
    mail.refuses.push(...Array.from({ length: 500 }, () => '550 5.1.1 nobody of that name'))
    const { code, stderr } = await notify()
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('did not reach email') })
    expect(stderr).toContain('5.1.1 nobody of that name')
    await calm()
  })

  it('that takes a message only when it comes again has it in the end', { timeout: 5 * minutes }, async () => {
    mail.refuses.push('451 4.7.1 greylisted, come again', '451 4.7.1 greylisted, come again')
    const before = mail.got.length
    expect(await notify()).toMatchObject({ code: 0, stdout: expect.stringContaining('by inbox, webhook, email') })
    expect(mail.got.length).toBeGreaterThan(before)
  })

  it(
    'that has a message come again for longer than it is tried at once has it when it takes it',
    { timeout: 12 * minutes },
    async () => {
      const greylisted = () => mail.refuses.push(...Array.from({ length: 500 }, () => '451 4.7.1 greylisted'))
      const before = (await told('backupFailed')).length
      const letters = () => mail.got.filter((letter) => letter.includes('FIRING: backupFailed')).length
      const already = letters()
      greylisted()
      const mend = await failedBackup()
      await expect
        .poll(async () => (await told('backupFailed')).slice(before), { timeout: 2 * minutes })
        .toEqual(['rings'])
      await wait(3 * minutes)
      expect(letters()).toBe(already)
      mail.refuses.length = 0
      await expect.poll(letters, { timeout: 3 * minutes }).toBe(already + 1)
      await mend()
      await expect
        .poll(async () => (await told('backupFailed')).slice(before), { timeout: 2 * minutes })
        .toEqual(['rings', 'all clear'])
    },
  )

  it(
    'that knows another password is named, and what the file holds is in no word',
    { timeout: 5 * minutes },
    async () => {
      await writeFile(passwordFile, 'another password')
      const { code, stderr } = await notify()
      // What comes after this signs in with it, too.
      await writeFile(passwordFile, login.password)
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('did not reach email') })
      expect(stderr).toContain('wrong password')
      expect(stderr).not.toContain('another password')
      await calm()
    },
  )

  it(
    'that is encrypted from the first byte on, at its port 465, gets its messages',
    { timeout: 5 * minutes },
    async () => {
      const implicit = await startMailServer(certificate, login, 465)
      try {
        await instance.configure(change({ email: { server: implicit.server }, webhooks: [] }))
        await instance.must('deploy', 'monitoring', '--yes')
        expect(await notify()).toMatchObject({ code: 0, stdout: expect.stringContaining('by inbox, email') })
        expect(implicit.got).not.toEqual([])
      } finally {
        implicit.stop()
        await instance.configure(change({}))
        await instance.must('deploy', 'monitoring', '--yes')
      }
      await calm()
    },
  )
})

describe('a webhook', () => {
  it.each([
    [500, 'unexpected status code 500'],
    // It takes what is sent, and says nothing.
    [0, 'context deadline exceeded'],
  ])('that answers %i is named, with what was seen', { timeout: 5 * minutes }, async (status, says) => {
    webhook.answer.status = status
    const { code, stderr } = await notify()
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('did not reach webhook') })
    await expect.poll(async () => (await notify()).stderr, { timeout: 2 * minutes }).toContain(says)
    await calm()
  })

  it('that refuses breaks the promise of delivery, until it takes a message', { timeout: 8 * minutes }, async () => {
    const verdict = async () => (await instance.judgement('monitoring.delivery'))?.verdict
    await calm()
    expect(await verdict()).toBe('kept')
    webhook.answer.status = 500
    expect((await notify()).code).toBe(1)
    await expect.poll(verdict, { timeout: 2 * minutes }).toBe('broken')
    await calm()
    await expect.poll(verdict, { timeout: 2 * minutes }).toBe('kept')
  })

  it('that speaks no TLS where it should is named, with that', { timeout: 5 * minutes }, async () => {
    const plain = createServer((_, response) => response.end())
    const port = await listen(plain, 'localhost')
    try {
      await instance.configure(change({ webhooks: [{ url: `https://localhost:${port}/`, ca: certificate.path }] }))
      await instance.must('deploy', 'monitoring', '--yes')
      await expect
        .poll(async () => (await notify()).stderr, { timeout: 2 * minutes })
        .toContain('server gave HTTP response to HTTPS client')
    } finally {
      plain.close().closeAllConnections()
      await instance.configure(change({}))
      await instance.must('deploy', 'monitoring', '--yes')
    }
    await calm()
  })
})

const told = (alarm: string) => toldOf(instance, alarm)

/** A backup that failed, as far as the figures say: it rings until it is taken back. */
async function failedBackup(): Promise<() => Promise<void>> {
  const figures = join(instance.state, 'metrics', 'backup.prom')
  const before = await readFile(figures, 'utf8')
  await writeFile(figures, before.replaceAll(/^(edge_backup_failed.*) 0$/gm, '$1 1'))
  return () => writeFile(figures, before)
}

/** A process of the API that hangs: its alarm waits for two minutes. */
async function hungProcess(): Promise<() => Promise<void>> {
  const on = await hands(instance, 'app')
  await on.signal('api2', 'SIGSTOP')
  return () => on.signal('api2', 'SIGCONT')
}

describe('an alarm that rings', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'and waits for a while gives no all-clear, and is told once, where Prometheus is ended by %s meanwhile',
    { timeout: 12 * minutes },
    async (signal) => {
      const before = (await told('apiHangs')).length
      const seen = async () => (await told('apiHangs')).slice(before)
      const mend = await hungProcess()
      try {
        await expect.poll(seen, { timeout: 4 * minutes }).toEqual(['rings'])
        await (await hands(instance, 'monitoring')).signal('prometheus', signal)
        // Longer than Alertmanager holds an alarm of which it hears nothing.
        await wait(5 * minutes)
        expect(await seen()).toEqual(['rings'])
      } finally {
        await mend()
      }
      await expect.poll(seen, { timeout: 2 * minutes }).toEqual(['rings', 'all clear'])
    },
  )

  it.each(['prometheus', 'alertmanager'])(
    'gives no all-clear, and is told once, where %s is restarted and killed meanwhile',
    { timeout: 12 * minutes },
    async (name) => {
      const before = (await told('backupFailed')).length
      const seen = async () => (await told('backupFailed')).slice(before)
      const mend = await failedBackup()
      await expect.poll(seen, { timeout: 2 * minutes }).toEqual(['rings'])
      const on = await hands(instance, 'monitoring')
      await on.signal(name, 'SIGTERM')
      await wait(90_000)
      await on.signal(name, 'SIGKILL')
      // Longer than Alertmanager holds an alarm of which it hears nothing.
      await wait(5 * minutes)
      expect(await seen()).toEqual(['rings'])
      await mend()
      await expect.poll(seen, { timeout: 2 * minutes }).toEqual(['rings', 'all clear'])
    },
  )

  it(
    'gives no all-clear, and is told once, where prometheus hangs for longer than what it has said holds',
    { timeout: 15 * minutes },
    async () => {
      const before = (await told('backupFailed')).length
      const seen = async () => (await told('backupFailed')).slice(before)
      const mend = await failedBackup()
      await expect.poll(seen, { timeout: 2 * minutes }).toEqual(['rings'])
      const on = await hands(instance, 'monitoring')
      await on.signal('prometheus', 'SIGSTOP')
      try {
        await wait(6 * minutes)
        expect(await seen()).toEqual(['rings'])
      } finally {
        await on.signal('prometheus', 'SIGCONT')
      }
      await wait(90_000)
      expect(await seen()).toEqual(['rings'])
      await mend()
      await expect.poll(seen, { timeout: 2 * minutes }).toEqual(['rings', 'all clear'])
    },
  )

  it('is told again after the configured time', { timeout: 12 * minutes }, async () => {
    await instance.configure(change({}).replace('"notify":{', '"notify":{"remindEvery":"5 minutes",'))
    await instance.must('deploy', 'monitoring', '--yes')
    const before = (await told('backupFailed')).length
    const seen = async () => (await told('backupFailed')).slice(before)
    const mend = await failedBackup()
    await expect.poll(seen, { timeout: 8 * minutes, interval: 2000 }).toEqual(['rings', 'still rings'])
    const letters = mail.got.filter((letter) => letter.includes('FIRING') && letter.includes('backupFailed'))
    expect(letters.length).toBeGreaterThan(1)
    await mend()
    await expect.poll(seen, { timeout: 2 * minutes }).toEqual(['rings', 'still rings', 'all clear'])
  })
})

describe('a program that hangs', () => {
  it.each(['node-exporter', 'postgres-exporter'])('%s: silence rings', { timeout: 6 * minutes }, async (name) => {
    const before = (await told('silence')).length
    const on = await hands(instance, 'monitoring')
    await on.signal(name, 'SIGSTOP')
    try {
      await expect.poll(async () => (await told('silence')).slice(before), { timeout: 2 * minutes }).toEqual(['rings'])
      expect(await instance.judgement('monitoring.silence')).toMatchObject({ verdict: 'broken' })
      const { engines } = await instance.status()
      expect(engines.filter(({ noAnswer }) => noAnswer !== null).map((engine) => engine.name)).toEqual([name])
    } finally {
      await on.signal(name, 'SIGCONT')
    }
    await expect
      .poll(async () => (await told('silence')).slice(before), { timeout: 2 * minutes })
      .toEqual(['rings', 'all clear'])
  })

  it.each([
    // What Prometheus has said rings for four minutes (rules.alert.resend-delay, four times).
    ['prometheus', 5],
    ['alertmanager', 2],
    ['edge-exporter', 2],
  ] as const)(
    '%s: verify and status say so, and the outside hears nothing more after %i minutes',
    { timeout: 12 * minutes },
    async (name, heardFor) => {
      const on = await hands(instance, 'monitoring')
      await on.signal(name, 'SIGSTOP')
      try {
        await wait(heardFor * minutes)
        const silent = outside.asked.length
        expect(await instance.judgement('monitoring.connections')).toMatchObject({ verdict: 'broken' })
        const { engines } = await instance.status()
        expect(engines.filter(({ noAnswer }) => noAnswer !== null).map((engine) => engine.name)).toEqual([name])
        await wait(2 * minutes)
        expect(outside.asked.length).toBe(silent)
      } finally {
        await on.signal(name, 'SIGCONT')
      }
      const before = outside.asked.length
      await expect.poll(() => outside.asked.length, { timeout: 3 * minutes }).toBeGreaterThan(before)
    },
  )
})
