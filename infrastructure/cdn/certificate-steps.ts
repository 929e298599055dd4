import { connect } from 'node:tls'
import { readFile } from 'node:fs/promises'
import type { Instance } from '../../src/core/instance.ts'
import type { Engine, Observation, Step, Unowned } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import {
  orderProblem,
  placeholderProblem,
  placeOrder,
  placePlaceholder,
} from '../../src/targets/local/ordered-certificate.ts'
import { reload } from '../../src/targets/local/reload.ts'
import { Supervisor, supervisorPaths } from '../../src/targets/local/s6.ts'
import { acmeFiles, type AcmeSettings, certificateOf } from '../../src/targets/local/site-certificate.ts'
import { serverName } from '../../src/core/connection.ts'
import { loopback } from './site.ts'

const handshakeWithinMs = 5000

const observed = (problem: string | undefined): Observation => (problem === undefined ? 'done' : { missing: problem })

/** nginx does not start without a certificate, and none can be ordered without nginx. */
export function placeholderStep({ state }: Instance): Step {
  return {
    kind: 'step',
    name: 'placeholder',
    component: 'cdn',
    title: 'placeholder',
    after: ['certificate'],
    observe: async () => observed(await placeholderProblem(state)),
    ensure: () => placePlaceholder(state),
  }
}

/** The certificate that is ordered from an authority: nginx answers its challenge, and is seen to show it. */
export function acmeStep(instance: Instance, acme: AcmeSettings, domain: string, server: Unowned<Engine>): Step {
  const { state } = instance
  const problem = (world: World) => orderProblem(state, acme, domain, world.now())
  return {
    kind: 'step',
    name: 'acme',
    component: 'cdn',
    title: 'acme',
    after: ['nginx'],
    observe: async (world) => observed((await problem(world)) ?? (await unshown(instance, domain))),
    ensure: async (world) => {
      if ((await problem(world)) !== undefined) await placeOrder(state, acme, domain, world)
      await reload(server, new Supervisor(supervisorPaths(state), world), world)
    },
    detail: async () => {
      const certificate = certificateOf(await readFile(acmeFiles(state).site, 'utf8'))
      return certificate ? `${domain}, until ${certificate.validToDate.toISOString().slice(0, 10)}` : ''
    },
  }
}

/** Why visitors do not see the certificate that is in place; undefined where they do. */
async function unshown({ state, ports }: Instance, domain: string): Promise<string | undefined> {
  const placed = certificateOf(await readFile(acmeFiles(state).site, 'utf8'))
  const shown = await shownFingerprint(ports.https, domain)
  return shown === placed?.fingerprint256 ? undefined : 'nginx shows another one'
}

/** The fingerprint of what a visitor of the domain is shown; undefined where nobody answers. */
function shownFingerprint(port: number, domain: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    // Which one it is, is the question; whether it is trusted, the check's.
    const socket = connect({ host: loopback, port, servername: serverName(domain), rejectUnauthorized: false })
    socket.setTimeout(handshakeWithinMs, () => socket.destroy())
    socket.once('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256)
      socket.destroy()
    })
    socket.once('error', () => undefined)
    socket.once('close', () => resolve(undefined))
  })
}
