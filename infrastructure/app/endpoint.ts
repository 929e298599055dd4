import type { Probe } from '../../src/core/plan.ts'
import type { Command, World } from '../../src/core/world.ts'
import type { Duration } from '../../src/core/units.ts'
import type { Client, Journey } from './visitor.ts'

/** How the site's visitors come to it, and what they do there. */
export type Visits = {
  /** As visitors write it. */
  readonly site: string
  /** What a visitor of a load test does; undefined where nobody said it of this app. */
  readonly journey: Journey | undefined
  readonly choices: Readonly<Record<string, readonly string[]>>
  readonly accounts: number
  readonly password: string
  /** Whether a path of the site is answered by the API. */
  readonly isOfApi: (path: string) => boolean
  readonly open: () => Promise<Client>
}

/** The instance on this machine, as the checks may look at it. */
export type Machine = {
  readonly state: string
  /** The engines that run: the number of each one's main process, with its name. */
  readonly running: (world: World) => Promise<ReadonlyMap<number, string>>
  /** Ports of the engines that nobody but this machine is meant to reach. */
  readonly innerPorts: readonly number[]
  /** What the site's visitors are meant to reach. */
  readonly public: { readonly service: string; readonly listen: string; readonly ports: readonly number[] }
  /** Lets a command look at nginx: where that may have ports of root's, one with fewer rights sees nothing of it. */
  readonly asNginx: (command: Command) => Command
}

/** One process of the API, by its engine's name. */
export type AppProcess = { readonly name: string; readonly probe: Probe }

/** What the checks look at. */
export type AppEndpoint = {
  readonly visits: Visits
  readonly machine: Machine
  /** Undefined where the site has none. */
  readonly api?: Api
}

type Api = {
  /** Where it says that it is there. */
  readonly health: string
  /** What edge runs of it: its processes, and where each is asked itself. Absent where it runs elsewhere. */
  readonly own?: {
    readonly processes: readonly AppProcess[]
    /** How long their requests in flight may take when they are replaced. */
    readonly drain: Duration
  }
}

/** The engines that edge runs of an API. */
export const enginesOf = ({ api }: Pick<AppEndpoint, 'api'>): readonly string[] =>
  (api?.own?.processes ?? []).map(({ name }) => name)
