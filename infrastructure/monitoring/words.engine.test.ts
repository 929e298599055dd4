import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Check, Verdict } from '../../src/core/check.ts'
import type { Deployed } from '../../src/core/record.ts'
import { bytes, duration } from '../../src/core/units.ts'
import { alertmanager, routesFileOf } from '../../src/engines/alertmanager.ts'
import { nodeExporter } from '../../src/engines/node-exporter.ts'
import { prometheus } from '../../src/engines/prometheus.ts'
import { recordsOf } from '../../src/targets/local/records.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { freePorts } from '../../test/ports.ts'
import { testWorld } from '../../test/world.ts'
import { allMeasured } from '../compose.ts'
import { alarmsAt } from './alarms.ts'
import { ask } from './ask.ts'
import { checks } from './checks.ts'
import { withNowhere } from './delivery-cause.ts'
import { nowhere } from './own-receivers.ts'
import type { MonitoringEndpoint, Running } from './endpoint.ts'
import { deployedAs } from './running-rules.ts'
import { alertmanagerConfiguration } from './render-alertmanager.ts'
import { prometheusConfiguration } from './render-prometheus.ts'
import { everyAsked, ownRules, type Rule, ruleOf, rulesFile } from './render-rules.ts'
import { ringsLater } from './sabotage.ts'
import { monitoringSettings } from './settings.ts'
import { byHand, certificateIn, folderOf } from './proofs/test-by-hand.ts'
import { startWebhook, type ToWebhook } from './proofs/test-receivers.ts'

/*
 * What whoever verifies reads of each thing that keeps a message from somebody: Prometheus, Alertmanager and an exporter, run by
 * hand, with nobody who starts them anew.
 */

const { world } = testWorld()
const settings = monitoringSettings.parse({})
const alarms = alarmsAt(settings, allMeasured)
const rules = [...alarms.map((alarm) => ruleOf(alarm)), ...ownRules(settings, everyAsked)]
const ruleNamed = (alert: string): Rule => rules.find((one) => one.alert === alert) ?? expect.fail(`no rule ${alert}`)

const ended: (() => Promise<void>)[] = []
const ends = (end: () => Promise<void>) => ended.unshift(end)
let state: string
let running: Running
let inbox: Awaited<ReturnType<typeof startWebhook<ToWebhook>>>
let measures: Awaited<ReturnType<typeof byHand>>
let tells: Awaited<ReturnType<typeof byHand>>
let exporter: Awaited<ReturnType<typeof byHand>>
let writeRules: (text: string) => Promise<void>

beforeAll(async () => {
  state = await folderOf(ends)
  const tls = certificateIn(state)
  const [own = 0, telling = 0, exporting = 0] = await freePorts(3)
  inbox = await startWebhook({ key: await readFile(tls.key), cert: await readFile(tls.certificate) })
  ends(async () => inbox.stop())
  const instance = { ...exampleInstance, state }
  const [file, drillRules] = [join(state, 'engines/prometheus/rules.yml'), join(state, 'drill-rules')]
  // One program for all three: what is looked at here is whether they answer, and not what.
  const exporters = { nodeExporter: exporting, postgresExporter: exporting, edgeExporter: exporting }
  const ports = { prometheus: own, alertmanager: telling, ...exporters }
  const servers = { pg1: { host: '127.0.0.1', port: 1 } }
  const sources = prometheusConfiguration('example', ports, tls, file, drillRules, servers, [])
  const routes = alertmanagerConfiguration('example', settings, tls, inbox.url)
  const keep = { time: duration('1 day'), size: bytes('64 MB') }
  const given = { port: own, configuration: sources, rules: rulesFile(rules), after: [], keep }
  measures = await byHand(ends, prometheus(instance, tls, given))
  tells = await byHand(ends, alertmanager(instance, tls, { port: telling, configuration: routes }))
  exporter = await byHand(ends, nodeExporter(instance, tls, { port: exporting, textfiles: join(state, 'metrics') }))
  writeRules = async (text) => {
    await writeFile(file, text)
    measures.signal('SIGHUP')
  }
  running = {
    name: 'example',
    logs: state,
    prometheus: `https://127.0.0.1:${own}`,
    alertmanager: `https://127.0.0.1:${telling}`,
    tls,
    alarms,
    rules,
    routes,
    sources,
    records: recordsOf(state),
    inbox: async () => [],
    causes: {},
    drills: join(state, 'drills'),
    drillRules,
    reload: async () => undefined,
  }
  for (const program of [exporter, tells, measures]) program.start()
})
afterAll(async () => {
  for (const end of ended) await end()
})

/** In a line: the word, and the reason where there is one. */
const inWords = (verdict: Verdict): string =>
  verdict.is === 'kept' ? `kept, ${verdict.evidence.how}` : `${verdict.is}: ${verdict.because}`

async function verdictOf(name: keyof typeof checks, on: MonitoringEndpoint = running): Promise<string> {
  const check = checks[name]
  if (typeof check !== 'function') throw new Error(`${name} has no check`)
  return inWords(await (check satisfies Check<MonitoringEndpoint>)(on, world))
}
const saidOf = (name: keyof typeof checks) => () => verdictOf(name)
const shows = { timeout: 60_000, interval: 500 }

describe('what somebody has seen', () => {
  const rang = (of: Deployed, drill = 'connections') =>
    running.records.keep({ drill, at: world.now().toISOString(), facts: { scaled: false }, took: 1, of })

  it('is nothing at first, and the drill is named', async () => {
    await expect
      .poll(saidOf('connections'), shows)
      .toBe(
        'notClaimed: rule and route are in force, but nobody has seen it ring yet: edge drill connections makes it ring',
      )
  })

  it.each([
    ['rule', (rule: Rule): Deployed => deployedAs({ ...rule, for: rule.for + 60 }, running.routes)],
    ['route', (rule: Rule): Deployed => deployedAs(rule, running.routes.replace('5s', '6s'))],
  ])('is claimed no more since its %s was changed, in these words', async (what, of) => {
    await rang(deployedAs(ruleNamed('connections'), running.routes))
    expect(await verdictOf('connections')).toBe('kept, measured')
    await rang(of(ruleNamed('connections')))
    expect(await verdictOf('connections')).toMatch(
      new RegExp(
        String.raw`^notClaimed: since it rang last, ${what} was changed from \w{12} to \w{12}: edge drill connections makes it ring$`,
      ),
    )
    await rang(deployedAs(ruleNamed('connections'), running.routes))
    expect(await verdictOf('connections')).toBe('kept, measured')
  })

  it('makes of the promise of silence one that is measured, and no longer where its rule is another', async () => {
    await expect.poll(saidOf('silence'), shows).toBe('kept, declared')
    const withCauses: Running = {
      ...running,
      causes: { silence: () => ({ begin: async () => undefined, end: async () => undefined }) },
    }
    expect(await verdictOf('silence', withCauses)).toBe('kept, declared')
    await rang(deployedAs(ruleNamed('silence'), running.routes), 'silence')
    expect(await verdictOf('silence', withCauses)).toBe('kept, measured')
    await rang(deployedAs({ ...ruleNamed('silence'), for: 1 }, running.routes), 'silence')
    expect(await verdictOf('silence', withCauses)).toBe('kept, declared')
    const { at, ...record } = { drill: 'silence', at: world.now().toISOString(), took: 1 }
    const of = deployedAs(ruleNamed('silence'), running.routes)
    await running.records.keep({ ...record, at, facts: { failed: 'it did not arrive' }, of })
    expect(await verdictOf('silence', withCauses)).toBe('broken: when silence was tried: it did not arrive')
  })
})

describe('a rule file that a hand has changed', () => {
  it('is another than the configured one, by the name of its alarm', async () => {
    await writeRules(ringsLater(rulesFile(rules), 'connections'))
    await expect
      .poll(saidOf('connections'), shows)
      .toBe('broken: the rule connections is another than the configured one')
    expect(await verdictOf('silence')).toMatch(/^kept/)
    await writeRules(ringsLater(rulesFile(rules), 'freshness'))
    await expect.poll(saidOf('silence'), shows).toBe('broken: the rule freshness is another than the configured one')
    await expect.poll(saidOf('connections'), shows).toBe('kept, measured')
  })

  it('has no rule where it is emptied', async () => {
    await writeRules('groups: []\n')
    await expect.poll(saidOf('connections'), shows).toBe('broken: Prometheus has no rule connections')
    await expect.poll(saidOf('silence'), shows).toMatch(/^broken: Prometheus has no rule \w+$/)
    await writeRules(rulesFile(rules))
    await expect.poll(saidOf('connections'), shows).toBe('kept, measured')
  })

  it('changes nothing where it cannot be read, until Prometheus is started with it and is not there', async () => {
    await writeRules('groups: [\n')
    const reloaded = z.object({
      data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
    })
    const url = `${running.prometheus}/api/v1/query?query=prometheus_config_last_reload_successful`
    const seen = async () => (await ask(running.tls, url, reloaded)).data.result[0]?.value[1]
    await expect.poll(seen, { timeout: 45_000 }).toBe('0')
    expect(await verdictOf('connections')).toBe('kept, measured')
    await measures.kill()
    measures.start()
    await expect.poll(saidOf('connections'), shows).toMatch(/^broken: nobody would be called: .*ECONNREFUSED/)
    await expect.poll(saidOf('delivery'), shows).toMatch(/^broken: nobody would be called: .*ECONNREFUSED/)
    await measures.kill()
    await writeFile(join(state, 'engines/prometheus/rules.yml'), rulesFile(rules))
    measures.start()
    await expect.poll(saidOf('connections'), shows).toBe('kept, measured')
  })
})

describe('what hangs, or is gone', () => {
  const hung = /^broken: nobody would be called: .*timeout/i
  const gone = /^broken: nobody would be called: .*ECONNREFUSED/

  it('is Prometheus', async () => {
    measures.signal('SIGSTOP')
    expect([await verdictOf('connections'), await verdictOf('silence')]).toEqual(
      [hung, hung].map((words) => expect.stringMatching(words)),
    )
    measures.signal('SIGCONT')
    await expect.poll(saidOf('connections'), shows).toBe('kept, measured')
  })

  it('is Alertmanager', async () => {
    tells.signal('SIGSTOP')
    expect([await verdictOf('connections'), await verdictOf('delivery')]).toEqual(
      [hung, hung].map((words) => expect.stringMatching(words)),
    )
    tells.signal('SIGCONT')
    await expect.poll(saidOf('connections'), shows).toBe('kept, measured')
    await tells.kill()
    expect(await verdictOf('connections')).toMatch(gone)
    // Of itself it says nothing to whoever measures, either.
    await expect.poll(saidOf('silence'), shows).toMatch(/^broken: alertmanager gives no figures: .*connection refused/)
    tells.start()
    await expect.poll(saidOf('connections'), shows).toBe('kept, measured')
  })

  it('is an exporter', async () => {
    await exporter.kill()
    await expect
      .poll(saidOf('silence'), shows)
      .toMatch(/^broken: (node|postgres|edge) gives no figures: .*connection refused/)
    await expect.poll(saidOf('connections'), shows).toMatch(/^broken: (node|postgres|edge) gives no figures: /)
    exporter.start()
    await expect.poll(saidOf('silence'), shows).toMatch(/^kept/)
    exporter.signal('SIGSTOP')
    await expect
      .poll(saidOf('silence'), shows)
      .toMatch(/^broken: (node|postgres|edge) gives no figures: .*deadline exceeded/)
    exporter.signal('SIGCONT')
    await expect.poll(saidOf('silence'), shows).toMatch(/^kept/)
  })
})

describe('what is told', () => {
  const ring = async (...names: readonly string[]) => {
    const labels = names.map((alertname) => ({ labels: { alertname, edge: 'example' }, annotations: {} }))
    await ask(running.tls, `${running.alertmanager}/api/v2/alerts`, z.unknown(), labels)
  }
  const naming = (name: string) =>
    inbox.got.find(({ alerts }) => alerts.some(({ labels }) => labels.alertname === name))

  it('is one message where two alarms ring at once', async () => {
    await ring('first')
    await ring('second')
    await expect.poll(() => naming('first')).toBeDefined()
    expect(naming('first')).toBe(naming('second'))
  })

  it('goes the configured way while a drill has a receiver of its own beside the others, and that alone', async () => {
    const file = routesFileOf({ state })
    const inForce = z.object({ config: z.object({ original: z.string() }) })
    const has = async () => (await ask(running.tls, `${running.alertmanager}/api/v2/status`, inForce)).config.original
    // A signal that comes before it listens ends it.
    await expect.poll(() => has().catch(() => '')).not.toBe('')
    const read = async (text: string, ofOwn: string | undefined) => {
      await writeFile(file, text)
      tells.signal('SIGHUP')
      await expect.poll(async () => /alertname="(\w+)"/.exec(await has())?.[1]).toBe(ofOwn)
      return verdictOf('delivery')
    }
    const drilled = withNowhere(running.routes)
    expect(await read(drilled, nowhere.alert)).toMatch(/^notClaimed: the route is as configured/)
    const taken = drilled.replace(nowhere.alert, 'connections')
    expect(await read(taken, 'connections')).toMatch(/^broken: the way of the notifications is another/)
    expect(await read(running.routes, undefined)).toMatch(/^notClaimed: the route is as configured/)
  })

  it('names whoever takes nothing, and where that is seen', async () => {
    await expect
      .poll(saidOf('delivery'), shows)
      .toMatch(/^notClaimed: the route is as configured, but nobody has seen a message arrive by it/)
    inbox.answer.status = 404
    await ring('third')
    await expect
      .poll(saidOf('delivery'), { timeout: 120_000, interval: 1000 })
      .toBe('broken: notifications by webhook could not be delivered')
    inbox.answer.status = 200
    const refused = inbox.got.length
    const later = () => inbox.got.slice(refused).flatMap(({ alerts }) => alerts.map(({ labels }) => labels.alertname))
    await expect.poll(later, { timeout: 120_000, interval: 1000 }).toContain('delivery')
  })
})
