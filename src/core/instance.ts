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
  readonly user: { readonly name: string; readonly uid: number; readonly gid: number }
  /** The Node that runs edge. */
  readonly node: string
  /** The Node that the word `node` in the operator's commands is: the operator's own, or that which runs edge. */
  readonly appNode: string
  readonly ports: Ports
  /** Address that the site listens on; everything else is on 127.0.0.1 always. */
  readonly listen: string
  readonly secrets: Secrets
  readonly machine: {
    readonly memoryBytes: number
    readonly cores: number
    /** Ports below this are root's, and of programs that root let have them. */
    readonly lowestOpenPort: number
  }
}

export type Ports = {
  readonly https: number
  readonly http: number
  readonly pooler: number
  readonly etcd: number
  readonly etcdPeer: number
  readonly postgres: readonly [number, number]
  readonly patroni: readonly [number, number]
  readonly writer: number
  readonly reader: number
  readonly haproxyStatus: number
  readonly api: readonly [number, number]
  readonly session: number
}

/** Generated once per instance, kept in `state/secrets`, one file each, mode 0600. */
export const secretNames = [
  'superuser',
  'replication',
  'owner',
  'app',
  'pooler',
  'patroni',
  'testAccounts',
  'agent',
  'proxy',
] as const
export type SecretName = (typeof secretNames)[number]
export type Secrets = Readonly<Record<SecretName, string>>
