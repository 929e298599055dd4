import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'pg'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { portsOf } from '../../src/core/reserved.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import type { JudgementJson } from '../../src/core/verify.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { actOutOn } from '../../test/act-out.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import { ask } from './ask.ts'
import type { federationJob } from './export.ts'
import { monitoringReserved } from './reserved.ts'
import { addressesOf } from '../database/addresses.ts'
import { locks, withTurn } from '../database/pool-console.ts'
import { figuresOf } from './figures.ts'
import { sabotages as onRecordsOfDrills } from './sabotage.ts'
import { leaveRecords, onLaidRecords } from './proofs/test-records.ts'
import {
  makeCertificate,
  startMailServer,
  startOutside,
  startWebhook,
  type ToPagerDuty,
  type ToSlack,
  type ToWebhook,
} from './proofs/test-receivers.ts'

const sabotages = { ...onRecordsOfDrills, ...onLaidRecords }
const routingKey = 'no key of anybody'
const ringing = z.array(z.object({ labels: z.object({ alertname: z.string() }), endsAt: z.string() }))
const login = { user: 'edge', password: 'not a secret' }
let instance: TestInstance
let atFirst: ReadonlyMap<string, JudgementJson>
let folder: string
let webhook: Awaited<ReturnType<typeof startWebhook<ToWebhook>>>
let slack: Awaited<ReturnType<typeof startWebhook<ToSlack>>>
let pagerDuty: Awaited<ReturnType<typeof startWebhook<ToPagerDuty>>>
let mail: Awaited<ReturnType<typeof startMailServer>>
let outside: Awaited<ReturnType<typeof startOutside>>
let record: DrillRecord | undefined
let unproven: JudgementJson | undefined
let shown: string
let told: readonly string[]
let mailed: readonly string[]
let slacked: readonly ToSlack[]
let paged: readonly ToPagerDuty[]
let asked: Awaited<ReturnType<TestInstance['must']>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-receivers-'))
  await chmod(folder, 0o755)
  const certificate = makeCertificate(folder)
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, login.password)
  ;[webhook, mail] = [await startWebhook(certificate), await startMailServer(certificate, login)]
  ;[slack, pagerDuty] = [await startWebhook<ToSlack>(certificate), await startWebhook<ToPagerDuty>(certificate)]
  outside = await startOutside(certificate)
  const [urlFile, routingKeyFile] = [join(folder, 'slack-url'), join(folder, 'pagerduty-key')]
  await writeFile(urlFile, slack.url)
  await writeFile(routingKeyFile, routingKey)
  const { path: ca } = certificate
  const email = {
    server: mail.server,
    from: 'edge@example.com',
    to: ['oncall@example.com'],
    user: login.user,
    passwordFile,
    ca,
  }
  const notify = {
    email,
    webhooks: [{ url: webhook.url, ca }],
    slack: [{ urlFile, ca }],
    pagerDuty: [{ routingKeyFile, url: pagerDuty.url, ca }],
  }
  instance = await TestInstance.make(`monitoring: ${JSON.stringify({ notify, heartbeat: { url: outside.url, ca } })},`)
  await instance.must('up', '--no-load-test')
  const { drills }: { drills: readonly DrillRecord[] } = JSON.parse(
    (await instance.must('drill', 'connections', '--json')).stdout,
  )
  record = drills[0]
  // At once: it shows the last five messages, and each of what comes after has two.
  shown = (await instance.edge(['status'])).stdout
  unproven = await instance.judgement('monitoring.delivery')
  told = webhook.got.map(({ status, alerts }) => `${status} ${alerts.map(({ labels }) => labels.alertname).join()}`)
  mailed = [...mail.got]
  ;[slacked, paged] = [[...slack.got], [...pagerDuty.got]]
  asked = await instance.must('notify', 'test')
  const alarms = Object.keys(onLaidRecords).map((id) => id.slice('monitoring.'.length))
  await leaveRecords(await hands(instance, 'monitoring'), alarms)
  atFirst = await instance.verify(...Object.keys(sabotages))
})
afterAll(async () => {
  await instance.remove()
  for (const receiver of [webhook, slack, pagerDuty]) receiver.stop()
  mail.stop()
  outside.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('the drill of the connections', () => {
  it('sees the alarm ring within a minute of its cause, and clear within a minute of its end', () => {
    const secondsOf = (name: string): number => Number.parseFloat(String(record?.facts[name]))
    expect(secondsOf('arrived after')).toBeLessThan(60)
    expect(secondsOf('clear after')).toBeLessThan(60)
    expect(record?.facts['scaled']).toBe(false)
  })

  it('has the webhook told that it rings, and once that it is over', () => {
    expect(told).toEqual(['firing connections', 'resolved connections'])
  })

  it('has the mail server deliver both messages, with what they mean and what to do', () => {
    expect(mailed).toHaveLength(2)
    const [rings, over] = mailed
    expect(rings).toMatch(/^Subject: \[test-.+\] FIRING: connections/m)
    expect(rings).toContain('docs/runbooks/connections.md')
    expect(over).toMatch(/^Subject: \[test-.+\] RESOLVED: connections/m)
  })

  it('has Slack told in its form, with what it means and what to do', () => {
    const [rings, over] = slacked.map(({ attachments: [attachment] }) => attachment)
    expect([rings?.title, over?.title]).toEqual([
      expect.stringMatching(/^\[test-.+\] FIRING: connections/),
      expect.stringMatching(/^\[test-.+\] RESOLVED: connections/),
    ])
    expect(rings?.text).toContain('docs/runbooks/connections.md')
  })

  it('has PagerDuty open one incident, and close the same', () => {
    expect(paged.map(({ event_action: action }) => action)).toEqual(['trigger', 'resolve'])
    expect(new Set(paged.map(({ routing_key: key, dedup_key: same }) => `${key} ${same}`)).size).toBe(1)
    expect(paged[0]).toMatchObject({
      routing_key: routingKey,
      payload: {
        summary: expect.stringContaining('FIRING: connections'),
        custom_details: { alarms: expect.stringContaining('docs/runbooks/connections.md') },
      },
    })
  })

  it('leaves the database with the connections that it had', async () => {
    const { stdout } = await instance.edge(['plan', '--json'])
    expect(JSON.parse(stdout).changes).toEqual([])
  })

  it('is followed by a message that an operator asks for, which everybody gets as well', async () => {
    expect(asked.stdout).toMatch(/by inbox, webhook, slack, pagerduty, email: rings: Nothing is wrong/)
    expect(webhook.got.at(-1)?.alerts.map(({ labels }) => labels.alertname)).toEqual(['test'])
  })

  it('is sent anew where it is asked for again at once', async () => {
    const again = await instance.must('notify', 'test')
    expect(again.stdout).toMatch(/by inbox, webhook, slack, pagerduty, email: rings: Nothing is wrong/)
  })

  it('is needed before it is claimed that messages arrive', () => {
    expect(unproven).toMatchObject({ verdict: 'notClaimed', because: expect.stringContaining('edge notify test') })
  })

  it('shows in status what was told', () => {
    expect(shown).toMatch(/monitoring\.connections +rings: /)
    expect(shown).toMatch(/monitoring\.connections +all clear: /)
  })
})

it('has told somebody outside, who would notice when nobody is called any more', async () => {
  await expect.poll(() => outside.asked, { timeout: 150_000 }).not.toEqual([])
})

it('lets another Prometheus take its figures over by the job that it prints', async () => {
  const { stdout } = await instance.must('monitoring', 'export', '--federation')
  const [job]: ReturnType<typeof federationJob>[] = parse(stdout)
  const { ca_file: ca = '', cert_file: cert = '', key_file: key = '' } = job?.tls_config ?? {}
  const [authority, certificate, own] = await Promise.all([ca, cert, key].map((path) => readFile(path, 'utf8')))
  expect((await instance.status()).addresses.prometheus).toBe(`https://${job?.static_configs[0]?.targets[0]}`)
  const dispatcher = new Agent({ connect: { ca: authority, cert: certificate, key: own } })
  const query = (job?.params['match[]'] ?? []).map((one) => `match[]=${encodeURIComponent(one)}`).join('&')
  const { body } = await request(`https://${job?.static_configs[0]?.targets[0]}${job?.metrics_path}?${query}`, {
    dispatcher,
  })
  const figures = await body.text()
  await dispatcher.destroy()
  expect(figures).toContain('edge_requests_total')
  const label = (labels: string, name: string) => new RegExp(`\\b${name}="(\\w+)"`).exec(labels)?.[1]
  const up = [...figures.matchAll(/^up\{(.*)\} (\d)/gm)].map(
    ([, labels = '', is]) => `${label(labels, 'job')} ${label(labels, 'server')} ${is}`,
  )
  const others = ['patroni pg1', 'patroni pg2', 'etcd etcd', 'haproxy haproxy', 'api api1', 'api api2']
  expect(up).toEqual(expect.arrayContaining(others.map((one) => `${one} 1`)))
  for (const name of [
    'patroni_primary',
    'etcd_server_has_leader',
    'haproxy_server_status',
    'http_request_seconds_count',
  ])
    expect(figures).toContain(name)
  expect(figures).toContain('ALERTS{')
})

it("has PgBouncer's own figures: how large the app's pool is, and each client that waits", async () => {
  const on = await hands(instance)
  const tls = tlsFiles(instance.state)
  const [addresses, { now: figure }] = [addressesOf(on.instance, tls.ca), figuresOf(on.instance, tls)]
  const size = await figure('pgbouncer_databases_pool_size{database="app"}')
  expect(size).toBe(on.configuration.database.pool.maximum)
  const waiting = () => figure('pgbouncer_pools_client_waiting_connections{database="edge_wait"}')
  // Longer than Prometheus takes to ask again, and than the pool has a client wait.
  const seen = { timeout: 60_000, interval: 500 }
  const seenThenServed = async (holder: Client) => {
    try {
      await expect.poll(waiting, seen).toBe(1)
    } finally {
      await holder.query('commit')
    }
  }
  await withTurn(addresses, locks.pauseTurn, () =>
    withClient(addresses.waitProbe, async (first) => {
      // It has the only connection of that pool until its transaction ends.
      await first.query('begin')
      await withClient(addresses.waitProbe, async (second) => {
        const [served] = await Promise.all([second.query('select 1 as one'), seenThenServed(first)])
        expect(served.rows).toEqual([{ one: 1 }])
      })
    }),
  )
  await expect.poll(waiting, seen).toBe(0)
})

describe('an alarm that an operator silences', () => {
  const connections = () => instance.judgement('monitoring.connections')

  it('is no longer kept, which verify and status say with the reason, until that is ended', async () => {
    await instance.must('silence', 'connections', '2h', '--why', 'the pool is rebuilt')
    expect(await connections()).toMatchObject({
      verdict: 'broken',
      because: expect.stringContaining('the pool is rebuilt'),
      // Nobody is called about that: whoever has silenced it knows.
      evidence: { facts: { silenced: true } },
    })
    const { silenced }: { silenced: { id: string }[] } = JSON.parse((await instance.edge(['status', '--json'])).stdout)
    expect(silenced).toMatchObject([{ alarm: 'connections', why: 'the pool is rebuilt' }])
    expect((await instance.must('silence', '--list')).stdout).toContain('alertname="connections" is silenced until')
    await instance.must('silence', '--end', silenced[0]?.id ?? '')
    expect((await instance.must('silence')).stdout).toBe('nothing is silenced\n')
    expect(await connections()).toMatchObject({ verdict: 'kept' })
  })

  it('is kept again when its time is over, and nobody ended it', async () => {
    const { stdout } = await instance.must('silence', 'connections', '15s', '--why', 'a moment', '--json')
    expect(JSON.parse(stdout).silences).toMatchObject([{ alarm: 'connections', why: 'a moment' }])
    expect(await connections()).toMatchObject({ verdict: 'broken', because: expect.stringContaining('a moment') })
    await expect.poll(async () => (await connections())?.verdict).toBe('kept')
    expect((await instance.must('silence')).stdout).toBe('nothing is silenced\n')
  })
})

actOutOn('monitoring', sabotages, () => ({ instance, atFirst }))

describe('a webhook that refuses what it is sent', () => {
  it('is named by the message that an operator asks for, although the inbox has it', async () => {
    webhook.answer.status = 404
    const { code, stderr } = await instance.edge(['notify', 'test'])
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('webhook') })
    expect(stderr).toContain(new URL(webhook.url).host)
    const seen = await instance.judgement('monitoring.delivery')
    expect(seen).toMatchObject({ verdict: 'broken', because: expect.stringContaining('webhook') })
  })
})

describe('a Prometheus that hangs', () => {
  it('ends nothing: what rings does so on, but for the alarm that always rings', async () => {
    const on = await hands(instance, 'monitoring')
    const { alertmanager } = portsOf(on.instance, monitoringReserved)
    /** Until when each rings, where nobody says more of it. */
    const ends = async () => {
      const active = await ask(tlsFiles(instance.state), `https://127.0.0.1:${alertmanager}/api/v2/alerts`, ringing)
      return new Map(active.map(({ labels, endsAt }) => [labels.alertname, Date.parse(endsAt)]))
    }
    // The webhook has refused a message.
    await expect.poll(async () => [...(await ends()).keys()].toSorted()).toEqual(['alive', 'delivery'])
    await on.signal('prometheus', 'SIGSTOP')
    try {
      const said = await ends()
      const later = async () => ((await ends()).get('delivery') ?? 0) - (said.get('delivery') ?? 0)
      await expect.poll(later, { timeout: 90_000 }).toBeGreaterThan(0)
      expect((await ends()).get('alive')).toBe(said.get('alive'))
    } finally {
      await on.signal('prometheus', 'SIGCONT')
    }
  })
})
