import { readFile, writeFile } from 'node:fs/promises'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { alertmanager, routesFileOf } from '../../src/engines/alertmanager.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { freePorts } from '../../test/ports.ts'
import { testWorld } from '../../test/world.ts'
import { ask } from './ask.ts'
import { deliveriesOf } from './deliveries.ts'
import { deliveryCause, withNowhere } from './delivery-cause.ts'
import { nowhere } from './own-receivers.ts'
import { byHand, certificateIn, folderOf } from './proofs/test-by-hand.ts'
import { startWebhook } from './proofs/test-receivers.ts'
import { alertmanagerConfiguration } from './render-alertmanager.ts'
import { monitoringSettings } from './settings.ts'

const status = z.object({ config: z.object({ original: z.string() }) })

/** An Alertmanager by hand, that tells one receiver, and the cause of the drill. */
async function started() {
  const state = await folderOf(onTestFinished)
  const [port = 0] = await freePorts(1)
  const tls = certificateIn(state)
  const receiver = await startWebhook({ key: await readFile(tls.key), cert: await readFile(tls.certificate) })
  onTestFinished(receiver.stop)
  const instance = { ...exampleInstance, state }
  const heartbeat = { url: 'https://localhost:1/' }
  const routes = alertmanagerConfiguration(instance.name, monitoringSettings.parse({ heartbeat }), tls, receiver.url)
  const tells = await byHand(onTestFinished, alertmanager(instance, tls, { port, configuration: routes }))
  tells.start()
  const address = `https://127.0.0.1:${port}`
  const inForce = async () => (await ask(tls, `${address}/api/v2/status`, status)).config.original
  await expect.poll(() => inForce().catch(() => '')).not.toBe('')
  const file = routesFileOf(instance)
  const reload = async () => void tells.signal('SIGHUP')
  const cause = deliveryCause({ name: instance.name, alertmanager: address, tls, routes, file, reload })
  const counts = (of: string) => deliveriesOf({ alertmanager: address, tls, routes: of })
  const ring = (alertname: string) =>
    ask(tls, `${address}/api/v2/alerts`, z.unknown(), [{ labels: { alertname, edge: instance.name } }])
  const told = () => receiver.got.flatMap(({ alerts }) => alerts.map(({ labels }) => labels.alertname))
  return { routes, file, cause, counts, ring, told, inForce, reload }
}

const { world } = testWorld()

it('loses a message of the drill, and none of what rings meanwhile, and leaves the configured way', async () => {
  const { routes, file, cause, counts, ring, told, inForce } = await started()
  const begun = cause.begin(world)
  await expect.poll(inForce).toContain(nowhere.alert)
  await ring('connections')
  await begun
  expect((await counts(withNowhere(routes)))[nowhere.kind]?.lost).toBeGreaterThan(0)
  expect((await counts(routes))['webhook']).toMatchObject({ lost: 0 })
  expect(await readFile(file, 'utf8')).toBe(routes)
  await expect.poll(inForce).not.toContain(nowhere.alert)
  await expect.poll(told).toEqual(['connections'])
  await cause.end(world)
  expect(await readFile(file, 'utf8')).toBe(routes)
})

it('is undone by whoever finds that it was left, and calls nobody', async () => {
  const { routes, file, cause, ring, told, inForce, reload } = await started()
  await writeFile(file, withNowhere(routes))
  await reload()
  await expect.poll(inForce).toContain(nowhere.alert)
  await cause.end(world)
  expect(await readFile(file, 'utf8')).toBe(routes)
  await expect.poll(inForce).not.toContain(nowhere.alert)
  await ring('connections')
  await expect.poll(told).toEqual(['connections'])
})
