import type { Duration } from '../../../src/core/units.ts'
import { deployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { RoomOnAws } from '../../../src/targets/aws/room.ts'
import { cdnAlarms } from '../alarms.ts'
import type { Called } from '../../../src/targets/aws/topics.ts'
import { amissIn } from '../../../src/targets/aws/declared.ts'
import { checksOnAws, type SiteOnAws } from './checks.ts'
import { cdn } from '../guarantees.ts'
import type { CdnSettings } from '../settings.ts'
import type { Visitors } from './endpoint.ts'
import { type DeployedSite, deployedSite, outputs } from './outputs.ts'
import { recordInWords } from './own-name.ts'
import { siteStack } from './site-stack.ts'
import { SiteStore } from './site-store.ts'
import { CdnStack, type UrgentAlarm } from './stack.ts'

export type CdnNeedsOnAws = {
  /** The site's own name, with the certificate that is made out to it; undefined for CloudFront's own name. */
  readonly own: { readonly domain: string; readonly certificate: string } | undefined
  /** The API that answers elsewhere, and how long it is waited for; undefined where the site has none. */
  readonly api: { readonly url: URL; readonly timeout: Duration } | undefined
  readonly alarms: readonly UrgentAlarm[]
  /** Who is called about them. */
  readonly called: Called
  readonly remindEvery: Duration
  readonly visitors: Visitors
}

const noTls = 'an emulator has no TLS'

/** The CDN on AWS: one stack, CloudFront before a bucket. */
const cdnOnAws: RoomOnAws<typeof cdn, CdnSettings, CdnNeedsOnAws, DeployedSite, SiteOnAws> = {
  ...siteStack,
  title: 'The CDN',
  define: (app, { instance: name, stack, props }, settings, { own, api, alarms, called, remindEvery }) => {
    new CdnStack(app, stack, { ...props, name, settings, own, api, alarms, called, remindEvery })
  },
  measured: cdnAlarms,
  provides: deployedSite,
  lookBefore: async ({ account }, { own, called }, { now }) => {
    const { requireCertificate } = await import('./certificate.ts')
    const { requireSecret } = await import('../../../src/targets/aws/look-for-secret.ts')
    const unseen = own && (await requireCertificate({ ...own, account }, now()))
    const unread = await requireSecret(called.webhookSecret, account)
    const all = [...(unseen ? [`aws.certificate is not looked at before: ${unseen}`] : []), ...(unread ? [unread] : [])]
    return all.length === 0 ? undefined : all.join('; ')
  },
  buckets: [outputs.bucket, outputs.logs],
  deletion: 'the site is down then',
  tells: ({ address, record }) => ({
    json: { address, dns: record },
    rows: [['site', address], ...(record ? [['dns', recordInWords(record)] as const] : [])],
    next: 'edge publish FOLDER --target aws puts a release there',
  }),
  guarantees: cdn,
  endpoint: async ({ address, bucket, record }, frame, settings, { visitors, own, api }, world) => {
    const { askedAt, endpointOf, seenFromOutside } = await import('./endpoint.ts')
    const { siteProofs } = await import('./proofs-site.ts')
    const { instance: name, account, region } = frame
    const store = new SiteStore(bucket, region)
    const from = endpointOf({ address, store, region }, settings, visitors, world)
    const { endpoint, missing } = await seenFromOutside(from, record, world)
    const stack = {
      deployed: await deployedStack(frame.stack, { region }),
      proofs: siteProofs({ name, account, settings, own, api }),
      component: 'cdn',
    }
    return { endpoint: { ...endpoint, stack }, facts: askedAt(missing), close: () => store.close() }
  },
  checks: checksOnAws,
  amiss: ({ stack }, world) => amissIn(stack, world),
  notOnEmulator: {
    https: noTls,
    certificate: noTls,
    originPrivate: 'an emulator asks nobody for rights',
    hitRatio: 'an emulator has no cache',
    compression: 'an emulator compresses in its own way, if at all',
  },
}

export const stacks = { cdn: cdnOnAws }
