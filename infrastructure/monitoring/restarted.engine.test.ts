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
import { freePorts } from '../../test/ports.ts'
import { ask } from './ask.ts'
import { aliveRule, rulesFile } from './render-rules.ts'
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
