import { rooms } from '../../infrastructure/rooms.ts'
import type { RefusedOnAws } from '../core/room.ts'
import { serveSettings } from './serve.ts'

type Wrong = ReturnType<RefusedOnAws<unknown>>

const ofRooms = await Promise.all(
  rooms.map(async ({ field, refusedOnAws }) => ({
    field,
    // The type of `room` holds it against the settings of the same room. A loop over all of them cannot say that.
    refused: (await refusedOnAws?.()) as RefusedOnAws<unknown> | undefined,
  })),
)

/** What is right on a machine of one's own, and would be refused by AWS in the middle of a deployment. */
export const wrongOnAws = (
  settings: Readonly<Record<string, unknown>>,
  { domain }: { readonly domain: string },
  { certificate }: { readonly certificate?: string | undefined },
): Wrong => [
  ...ofRooms.flatMap(({ field, refused }) => refused?.(settings[field]) ?? []),
  ...domainProblem(domain, certificate),
]

/** A name without a certificate would be passed over: the site would answer under another one. */
function domainProblem(domain: string, certificate: string | undefined): Wrong {
  if (certificate !== undefined)
    return domain.includes('.') ? [] : [['serve.domain', 'must be the name that aws.certificate is made out to']]
  // Where nobody says it, it is the name of this machine, which has no meaning there.
  if (domain === serveSettings.parse({}).domain) return []
  return [['serve.domain', "must have its certificate in aws.certificate, or be left out for CloudFront's own name"]]
}
