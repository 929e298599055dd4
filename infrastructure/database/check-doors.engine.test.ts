import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make()
  // Its verification misses the agent, which is no matter here.
  await instance.edge(['deploy', 'database', '--yes'])
})
afterAll(() => instance.remove())

async function verdict() {
  const judgement = (await instance.verify('database.encryptedConnections')).get('database.encryptedConnections')
  return `${judgement?.verdict}: ${judgement?.because ?? ''}`
}
const commandOfEtcd = async (): Promise<string> =>
  readFile(`/proc/${await instance.pid('etcd')}/cmdline`, 'utf8').catch(() => '')
const shows = { timeout: 60_000, interval: 300 }

test('starts an etcd with its lock again that a hand started without, although its files are as they should be', async () => {
  expect(await verdict()).toBe('kept: ')
  const on = await hands(instance, 'database')
  const asConfigured = await readFile(join(instance.state, 's6/etcd/run'), 'utf8')
  await on.edit('s6/etcd/run', (run) => run.replaceAll(/'--(client-cert-auth|trusted-ca-file=[^']*)' /g, ''))
  await on.reload('etcd')
  // The shell that runs the file may not have opened it yet.
  await expect.poll(commandOfEtcd, shows).toMatch(/^etcd\0(?!.*--client-cert-auth)/s)
  await on.edit('s6/etcd/run', () => asConfigured)
  const open = "broken: etcd's port for clients answers a client that shows no certificate"
  await expect.poll(verdict, shows).toBe(open)
  await on.converge()
  await expect.poll(verdict, shows).toBe('kept: ')
})
