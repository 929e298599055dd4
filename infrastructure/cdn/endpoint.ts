import type { Reachable } from './fetch.ts'
import type { EdgeMachine } from './machine.ts'
import type { Release } from './releases/release.ts'
import type { CdnSettings } from './settings.ts'

/** A site as its visitors see it, whoever deployed it: enough for the checks that ask and look at the answers. */
export type Site = Omit<Reachable, 'alsoTrusted'> & {
  readonly http: string
  readonly domain: string
  /** Where the API says that it is there, and paths that visitors get; undefined where the site has none. */
  readonly api?: { readonly health: string; readonly journey: readonly string[] }
}

/** A site that edge deployed: what it is meant to do is known, to be compared with what it does. */
export type Ours = Site & {
  readonly settings: CdnSettings
  /** Pages that visitors come to, by their paths, as far as somebody said them. */
  readonly routes: readonly string[]
  /** What was published last: URL path → SHA-256 of the body; undefined before anything was. */
  readonly published: () => Promise<Pick<Release, 'id' | 'files'> | undefined>
}

export type OnThisMachine = Ours & {
  readonly on: 'this machine'
  /** The edge answers there, whatever a name server says of the domain. */
  readonly connectTo: string
  /** How its certificate is renewed, in words. */
  readonly renewal: string
  readonly machine: EdgeMachine
}

export type OnAws = Ours & {
  readonly on: 'aws'
  /** The bucket: its own address, past the edge, and what lies there. */
  readonly store: { readonly address: string; readonly releases: () => Promise<readonly Release[]> }
}

/** A site that somebody else deployed: nobody knows what is behind it, or what it is meant to do. */
export type Elsewhere = Site & { readonly on: 'elsewhere' }

export type CdnEndpoint = OnThisMachine | OnAws | Elsewhere

/** The site, where edge deployed it. */
export const ours = (endpoint: CdnEndpoint): Ours | undefined => (endpoint.on === 'elsewhere' ? undefined : endpoint)

/** Folders whose files have another name for each content; what every name is judged by is known without them. */
export const hashedFoldersAt = (endpoint: CdnEndpoint): readonly string[] =>
  ours(endpoint)?.settings.cache.hashedFolders ?? []
