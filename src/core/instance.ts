/** A user of this machine. */
export type UnixUser = { readonly name: string; readonly uid: number; readonly gid: number }

/** One deployed copy on this machine. Two instances differ in name, state directory and ports, and never meet. */
export type Instance = {
  readonly name: string
  /** The clone that `edge` runs from. */
  readonly project: string
  /** The folder of the operator's configuration; paths in it are relative to this. */
  readonly directory: string
  /** Everything that this instance writes lies below this directory. */
  readonly state: string
  /** Who the engines run as. */
  readonly user: UnixUser
  /** The Node that runs edge. */
  readonly node: string
  /** The Node that the word `node` in the operator's commands is: the operator's own, or that which runs edge. */
  readonly appNode: string
  readonly ports: Ports
  /** Address that the site listens on; everything else is on 127.0.0.1 always. */
  readonly listen: string
  /** By name; see Reserved. */
  readonly secrets: Readonly<Record<string, string>>
  /** Absent but while secrets are being replaced. */
  readonly rotation?: Rotation
  readonly machine: {
    readonly memoryBytes: number
    readonly cores: number
    /** Ports below this are root's, and of programs that root let have them. */
    readonly lowestOpenPort: number
  }
}

/**
 * Secrets that are being replaced, while programs run that were given the old ones. A room that has such programs opens a
 * spare way in for them. `aside`: they are led there. `back`: the new secrets are in force, they are led back to their own
 * way, and the spare one is open as long as any of them may use it.
 */
export type Rotation = {
  readonly stage: 'aside' | 'back'
  /** The password of the spare way. */
  readonly spare: string
  /** By name, what those that are replaced were, and what they become. */
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
}

type Ports = {
  readonly https: number
  readonly http: number
  readonly pooler: number
  /** The first of the neighbouring ports for the engines inside; see Reserved. */
  readonly first: number
}
