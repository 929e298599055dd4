import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { keepRinging } from '../../src/agent/rings-on.ts'
import type { Engine, Unowned } from '../../src/core/plan.ts'
import { duration, bytes } from '../../src/core/units.ts'
import { alertmanager } from '../../src/engines/alertmanager.ts'
import { clientTls } from '../../src/engines/mutual-tls.ts'
import { prometheus } from '../../src/engines/prometheus.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { freePorts } from '../../test/ports.ts'
import { ask } from './ask.ts'
import { aliveRule, rulesFile } from './render-rules.ts'

/** A certificate for the address, which is its own authority and that of whoever asks. */
function certificateIn(folder: string) {
  const [key, certificate] = [join(folder, 'own.key'), join(folder, 'own.crt')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  return { ca: certificate, certificate, key }
}

const groups = z.object({
  data: z.object({ groups: z.array(z.object({ rules: z.array(z.object({ state: z.string() })) })) }),
})

const active = z.array(z.object({ labels: z.object({ alertname: z.string() }) }))

/** A program with its files in their place, run by hand: nobody starts it anew. It ends with the test. */
async function byHand({ command, files, directories = [] }: Unowned<Engine>, ...more: readonly string[]) {
  for (const path of [...directories, ...files.map((file) => dirname(file.path))])
    await mkdir(path, { recursive: true })
  for (const { path, content } of files) await writeFile(path, content)
  const [program = '', ...args] = command
  let running: ChildProcess | undefined
  const kill = async () => {
    if (!running) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
    running = undefined
  }
  onTestFinished(kill)
  return {
    start: () => (running = spawn(program, [...args, ...more], { stdio: 'ignore' })),
    signal: (signal: NodeJS.Signals) => running?.kill(signal),
    kill,
  }
}

async function folderOf(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-prometheus-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

const keep = { time: duration('1 day'), size: bytes('64 MB') }

it(
  'goes on ringing when it is killed and started again, though its alarm waits for a while',
  { timeout: 150_000 },
  async () => {
    const state = await folderOf()
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
    const { start, kill } = await byHand(prometheus({ ...exampleInstance, state }, tls, given))
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
  const state = await folderOf()
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
  const measures = await byHand(prometheus(instance, tls, given), '--rules.alert.resend-delay=5s')
  const tells = await byHand(alertmanager(instance, tls, { port: told, configuration }))
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
