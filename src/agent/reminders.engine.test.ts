import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { ask } from '../../infrastructure/monitoring/ask.ts'
import { byHand, certificateIn, folderOf } from '../../infrastructure/monitoring/proofs/test-by-hand.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { listen } from '../../test/listen.ts'
import { freePorts } from '../../test/ports.ts'
import { alertmanager } from '../engines/alertmanager.ts'
import { clientTls } from '../engines/mutual-tls.ts'
import { Inbox, remind } from './reminders.ts'
import type { ToldAlert } from './ringing.ts'

const remindEveryMs = 20_000
type Told = { readonly at: string; readonly id: string; readonly says: string }

it('reminds of each alarm by its own clock, though another joins it just before its time', async () => {
  const state = await folderOf(onTestFinished)
  const [port = 0] = await freePorts(1)
  const tls = certificateIn(state)
  const [file, ringing] = [join(state, 'inbox.ndjson'), join(state, 'ringing.json')]
  const inbox = new Inbox({ inbox: file, ringing, remindEveryMs })
  const take = async (request: AsyncIterable<Uint8Array>) => {
    // As Alertmanager's webhook has it.
    const { alerts } = (await json(request)) as { readonly alerts: readonly ToldAlert[] }
    await inbox.note(alerts)
  }
  const own = { cert: await readFile(tls.certificate), key: await readFile(tls.key) }
  const server = createServer(own, (request, response) => void take(request).then(() => response.end()))
  const told = await listen(server, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  const receiver = {
    name: 'inbox',
    webhook_configs: [{ url: `https://127.0.0.1:${told}/`, http_config: { tls_config: clientTls(tls) } }],
  }
  const often = { group_wait: '1s', group_interval: '1s', repeat_interval: `${remindEveryMs / 1000}s` }
  const configuration = stringify({ route: { receiver: 'inbox', ...often }, receivers: [receiver] })
  const tells = await byHand(onTestFinished, alertmanager({ ...exampleInstance, state }, tls, { port, configuration }))
  tells.start()
  const asked = { prometheus: '', alertmanager: `https://127.0.0.1:${port}`, tls }
  const ring = async (alertname: string, lastsMs = 120_000) => {
    const alert = { labels: { alertname }, endsAt: new Date(Date.now() + lastsMs).toISOString() }
    await ask(tls, `${asked.alertmanager}/api/v2/alerts`, z.unknown(), [alert])
  }
  const all = async (): Promise<readonly Told[]> =>
    (await readFile(file, 'utf8').catch(() => ''))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  const says = async () => (await all()).map((one) => `${one.id} ${one.says.split(':')[0]}`)
  const at = async (what: string) => Date.parse((await all())[(await says()).indexOf(what)]?.at ?? '')
  const stop = new AbortController()
  const reminding = remind(asked, inbox, stop.signal, 1000)
  onTestFinished(() => {
    stop.abort()
    return reminding
  })
  await expect.poll(() => ring('first').then(() => 'taken')).toBe('taken')
  await ring('over', 8000)
  await expect.poll(says).toContain('monitoring.first rings')
  const joins = (await at('monitoring.first rings')) + 0.75 * remindEveryMs
  await expect.poll(() => Date.now() > joins).toBe(true)
  await ring('second')
  await expect.poll(says).toContain('monitoring.first still rings')
  const waited = (await at('monitoring.first still rings')) - (await at('monitoring.first rings'))
  expect(waited).toBeGreaterThanOrEqual(remindEveryMs)
  // By Alertmanager's clock it would be 15 seconds more.
  expect(waited).toBeLessThan(remindEveryMs + 8000)
  await expect.poll(says).toContain('monitoring.second still rings')
  // What Alertmanager repeats itself comes too early for another one, and nobody is reminded of what is over.
  const first = (await all()).filter(({ id }) => id === 'monitoring.first').map((one) => Date.parse(one.at))
  for (const [index, one] of first.slice(1).entries())
    expect(one - (first[index] ?? 0)).toBeGreaterThanOrEqual(remindEveryMs)
  const others = (await says()).filter((one) => !one.startsWith('monitoring.first'))
  expect(others.toSorted()).toEqual([
    'monitoring.over all clear',
    'monitoring.over rings',
    'monitoring.second rings',
    'monitoring.second still rings',
  ])
})
