import type { CdnEndpoint } from '../../../infrastructure/cdn/endpoint.ts'
import { type Judgement, notClaimed } from '../../core/check.ts'
import type { BoundCheck } from '../../core/verify.ts'
import type { World } from '../../core/world.ts'

/** Where an emulator of AWS answers, as the SDK is told; undefined where it is AWS itself. */
export function emulatorOf({ env }: Pick<World, 'env'>): URL | undefined {
  const given = env['AWS_ENDPOINT_URL'] ?? ''
  return given === '' ? undefined : new URL(given)
}

/** The site on an emulator: it answers there alone, by the site's name, and without TLS. No name server is asked. */
export function endpointOn(emulator: URL, site: CdnEndpoint): CdnEndpoint {
  const { hostname } = new URL(site.https)
  const address = `http://${hostname}:${emulator.port || '80'}`
  return { ...site, https: address, http: address, connectTo: addressOf(emulator), headers: toldOfTls }
}

const toldOfTls = { 'x-forwarded-proto': 'https' }
const addressOf = ({ hostname }: URL): string => (hostname === 'localhost' ? '127.0.0.1' : hostname)

/** What an emulator has not, however it is asked. */
const withoutEmulator: Readonly<Record<string, string>> = {
  'cdn.https': 'an emulator has no TLS',
  'cdn.certificate': 'an emulator has no TLS',
  'cdn.originPrivate': 'an emulator asks nobody for rights',
  'cdn.originShield': 'an emulator has no shield',
  'cdn.hitRatio': 'an emulator has no cache',
  'cdn.compression': 'an emulator compresses in its own way, if at all',
}

/** A check on an emulator: what that has not is not claimed. */
export function checkOnEmulator({ guarantee, check }: BoundCheck): BoundCheck {
  const because = withoutEmulator[guarantee.id]
  return because === undefined ? { guarantee, check } : { guarantee, check: async () => notClaimed(because) }
}

/** A judgement whose evidence says that it is not of AWS, whatever it is. */
export function seenOnEmulator(judgement: Judgement): Judgement {
  const { verdict } = judgement
  if (!('evidence' in verdict)) return judgement
  return { ...judgement, verdict: { ...verdict, evidence: { ...verdict.evidence, on: 'emulator' } } }
}
