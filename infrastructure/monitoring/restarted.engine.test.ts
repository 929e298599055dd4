import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { keepRinging } from '../../src/agent/rings-on.ts'
import { duration, bytes } from '../../src/core/units.ts'
import { alertmanager } from '../../src/engines/alertmanager.ts'
import { clientTls } from '../../src/engines/mutual-tls.ts'
import { prometheus } from '../../src/engines/prometheus.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { listen } from '../../test/listen.ts'
import { testWorld } from '../../test/world.ts'
import { freePorts } from '../../test/ports.ts'
import { ask } from './ask.ts'
import { figureAt } from './figures.ts'
import { prometheusConfiguration } from './render-prometheus.ts'
import { aliveRule, everyAsked, ownRules, rulesFile } from './render-rules.ts'
import { monitoringSettings } from './settings.ts'
import { figuresStep } from './step-figures.ts'
import { byHand, certificateIn, folderOf } from './proofs/test-by-hand.ts'

const groups = z.object({
  data: z.object({ groups: z.array(z.object({ rules: z.array(z.object({ state: z.string() })) })) }),
})

const active = z.array(z.object({ labels: z.object({ alertname: z.string() }) }))

const keep = { time: duration('1 day'), size: bytes('64 MB') }

it(
  'goes on ringing when it is killed and started again, though its alarm waits for a while',
  { timeout: 150_000 },
  async () => {
    const state = await folderOf(onTestFinished)
    const [port = 0] = await freePorts(1)
    const tls = certificateIn(state)
    const waits = 60
    const given = {
      port,
      configuration: stringify({
        global: { evaluation_interval: '1s' },
        rule_files: [join(state, 'engines/prometheus/rules.yml')],
      }),
      rules: rulesFile([{ alert: 'rings', expr: 'vector(1)', for: waits, annotations: {} }]),
      after: [],
      keep,
    }
    const { start, kill } = await byHand(onTestFinished, prometheus({ ...exampleInstance, state }, tls, given))
    const seen = async () => {
      const { data } = await ask(tls, `https://127.0.0.1:${port}/api/v1/rules?type=alert`, groups)
      return data.groups[0]?.rules[0]?.state
    }
    start()
    await expect.poll(seen, { timeout: (waits + 40) * 1000, interval: 500 }).toBe('firing')
    await kill()
    start()
    // Sooner than one that begins to wait anew.
    await expect.poll(seen, { timeout: (waits - 30) * 1000, interval: 500 }).toBe('firing')
  },
)

it('takes what has moved to other ports for what it was: nothing is away, and nothing is there twice', async () => {
  const state = await folderOf(onTestFinished)
  const tls = certificateIn(state)
  const own = { cert: await readFile(tls.certificate), key: await readFile(tls.key) }
  const [atFirst = 0, later = 0, away = 0] = await freePorts(3)
  const rules = ownRules(monitoringSettings.parse({}), everyAsked).filter(({ alert }) => alert === 'silence')
  /** One source is all that gives figures, but for what is away; it says of the server of the database whether it is up. */
  const givenAt = async (port: number, isUp: 0 | 1) => {
    const visitors = ['edge_requests_total 1', 'edge_file_requests_total 1', 'edge_origin_seconds_count 1']
    const figures = [...visitors, `pg_up ${isUp}`, 'edge_disk{device="vda"} 1']
    const ofServer = `edge_heartbeat_age_seconds{server="127.0.0.1:${port}"} 1`
    const source = createServer(own, (_, response) => void response.end([...figures, ofServer, ''].join('\n')))
    const answers = await listen(source, '127.0.0.1')
    onTestFinished(() => source.close().closeAllConnections())
    const ports = { prometheus: port, alertmanager: answers, postgresExporter: answers, edgeExporter: answers }
    const sources = prometheusConfiguration(
      'moved',
      { ...ports, nodeExporter: isUp ? answers : away },
      tls,
      join(state, 'engines/prometheus/rules.yml'),
      join(state, 'drills'),
      { pg1: { host: '127.0.0.1', port } },
      [],
    )
    const configuration = sources.replaceAll(/: 1[05]s/g, ': 1s')
    const given = { port, configuration, rules: rulesFile(rules), after: [], keep }
    const { start, kill } = await byHand(onTestFinished, prometheus({ ...exampleInstance, state }, tls, given))
    const at = `https://127.0.0.1:${port}`
    const figure = (expression: string) => figureAt(at, tls, expression).catch(() => undefined)
    const silence = async () =>
      (await ask(tls, `${at}/api/v1/rules?type=alert`, groups)).data.groups[0]?.rules[0]?.state
    return { start, kill, figure, silence }
  }
  const before = await givenAt(atFirst, 0)
  before.start()
  await expect.poll(() => before.figure('count(up{job="node"} == 0) + count(pg_up{job="postgres"} == 0)')).toBe(2)
  await expect.poll(before.silence).toBe('pending')
  await before.kill()
  const after = await givenAt(later, 1)
  after.start()
  await expect.poll(() => after.figure('count(up == 1) + count(pg_up{job="postgres"} == 1)')).toBe(6)
  await expect.poll(after.silence).toBe('inactive')
  for (const name of ['up{job="node"}', 'edge_heartbeat_age_seconds{job="postgres"}', 'edge_disk{job="edge"}'])
    expect([name, await after.figure(`count(${name})`)]).toEqual([name, 1])
})

it('is waited for where an earlier version has named who is asked by ports: then each is there once', async () => {
  const state = await folderOf(onTestFinished)
  const tls = certificateIn(state)
  const [port = 0] = await freePorts(1)
  const file = join(state, 'engines/prometheus/prometheus.yml')
  const of = (instance: object) =>
    stringify({
      global: { scrape_interval: '1s' },
      scrape_configs: [
        {
          job_name: 'prometheus',
          scheme: 'https',
          tls_config: clientTls(tls),
          static_configs: [{ targets: [`127.0.0.1:${port}`], labels: instance }],
        },
      ],
    })
  const given = { port, configuration: of({}), rules: rulesFile([aliveRule]), after: [], keep }
  const { start, signal } = await byHand(onTestFinished, prometheus({ ...exampleInstance, state }, tls, given))
  start()
  const address = `https://127.0.0.1:${port}`
  const step = figuresStep({ prometheus: address, tls })
  const { world } = testWorld()
  await expect.poll(() => step.observe(world)).toEqual({ missing: expect.stringContaining('an earlier version') })
  await writeFile(file, of({ instance: 'prometheus' }))
  signal('SIGHUP')
  await expect.poll(() => figureAt(address, tls, 'count(up)')).toBe(2)
  await step.ensure(world, { missing: '' })
  expect([await step.observe(world), await figureAt(address, tls, 'count(up)')]).toEqual(['done', 1])
})

it('is no all-clear that it hangs or is gone: what rings does so on, but for the alarm that always rings', async () => {
  const state = await folderOf(onTestFinished)
  const [port = 0, told = 0] = await freePorts(2)
  const tls = certificateIn(state)
  const alertmanagers = [
    { scheme: 'https', tls_config: clientTls(tls), static_configs: [{ targets: [`127.0.0.1:${told}`] }] },
  ]
  const given = {
    port,
    configuration: stringify({
      global: { evaluation_interval: '1s' },
      rule_files: [join(state, 'engines/prometheus/rules.yml')],
      alerting: { alertmanagers },
    }),
    rules: rulesFile([{ ...aliveRule, alert: 'rings' }, aliveRule]),
    after: [],
    keep,
  }
  const configuration = stringify({ route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] })
  const instance = { ...exampleInstance, state }
  // It holds four times as long as that.
  const measures = await byHand(onTestFinished, prometheus(instance, tls, given), '--rules.alert.resend-delay=5s')
  const tells = await byHand(onTestFinished, alertmanager(instance, tls, { port: told, configuration }))
  const asked = { prometheus: `https://127.0.0.1:${port}`, alertmanager: `https://127.0.0.1:${told}`, tls }
  const ringing = async () =>
    (await ask(tls, `${asked.alertmanager}/api/v2/alerts`, active)).map(({ labels }) => labels.alertname).toSorted()
  const rings = async (...names: readonly string[]) => expect.poll(ringing).toEqual(names)
  measures.start()
  tells.start()
  await rings('alive', 'rings')
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const lines = () => said.mock.calls.map(([line]) => String(line).replace(/:.*/, ''))
  const stop = new AbortController()
  const kept = keepRinging(asked, stop.signal, 1000)
  onTestFinished(() => {
    stop.abort()
    said.mockRestore()
    return kept
  })
  measures.signal('SIGSTOP')
  // Of both Prometheus told at the same moments: when the one is over, so would be the other.
  await rings('rings')
  measures.signal('SIGCONT')
  await rings('alive', 'rings')
  await expect.poll(lines).toContain('Prometheus says what rings')
  await measures.kill()
  await rings('rings')
  await tells.kill()
  await expect
    .poll(lines)
    .toEqual([
      'Prometheus does not say what rings, and what does is kept so',
      'Prometheus says what rings',
      'Prometheus does not say what rings, and what does is kept so',
      'Prometheus does not say what rings, and Alertmanager takes nothing in its place',
    ])
  measures.start()
  tells.start()
  await rings('alive', 'rings')
})
