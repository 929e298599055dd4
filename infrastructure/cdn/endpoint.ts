import type { EdgeMachine } from './machine.ts'
import type { Release } from './releases/release.ts'
import type { PageStyle } from './routing.ts'
import type { CdnSettings } from './settings.ts'

/** What the checks look at: the addresses of the site, and what was published there. */
export type CdnEndpoint = {
  readonly https: string
  readonly http: string
  /** Path of the certificate authority that is trusted beside the system's own; none for a public site. */
  readonly ca?: string
  readonly domain: string
  /** Folders whose files have another name for each content; what every name is judged by is known without them. */
  readonly hashedFolders?: readonly string[]
  /** Where its pages lie; what is known of no site is taken for a single-page app. */
  readonly pages?: PageStyle
  /** What our own instance is rendered from, to be compared with what it does; nobody knows what another site meant. */
  readonly settings?: CdnSettings
  /** Which files it compresses; where nobody says it, those that CloudFront does. */
  readonly compresses?: Compressed
  /** How its certificate is renewed, in words; undefined for a site that somebody else deployed. */
  readonly renewal?: string
  /** The address that answers for the domain; where it is not given, a name server says it. */
  readonly connectTo?: string
  /** Sent with every request: an emulator without TLS is told that its visitor has it. */
  readonly headers?: Readonly<Record<string, string>>
  /** Where the API says that it is there, and paths that visitors get; undefined where the site has none. */
  readonly api?: { readonly health: string; readonly journey?: readonly string[] }
  /** Pages that visitors come to, by their paths, where somebody said them. */
  readonly routes?: readonly string[]
  /** The edge itself, where it is on this machine; from outside less can be proven. */
  readonly machine?: EdgeMachine
  /** The store, where it is not on this machine: its own address, past the edge, and what lies there. */
  readonly store?: { readonly address: string; readonly releases: () => Promise<readonly Release[]> }
  /** What was published last: URL path → SHA-256 of the body; undefined for a site that somebody else deployed. */
  readonly published?: () => Promise<
    { readonly id: string; readonly files: Readonly<Record<string, string>> } | undefined
  >
}

/** Which files a site compresses, of those whose type can be: by their sizes in bytes. */
export type Compressed = {
  readonly atLeast: number
  readonly atMost: number
  /** Types that it leaves as they are, by the names' endings. */
  readonly except?: readonly string[]
}
