import type { Records } from '../../src/core/record.ts'
import type { World } from '../../src/core/world.ts'
import type { NewestRun } from './kept-runs.ts'
import type { Result } from './result.ts'
import type { LoadTestingSettings } from './settings.ts'
import type { InstanceSources } from './watch.ts'

/** A site as whoever loads it has to know it. */
type Place = {
  readonly site: string
  /** The address that answers for the site, whatever its name resolves to; absent where a name server says it. */
  readonly connectTo?: string
  /** Path of the authority that is trusted for it; those that the machine knows, where none is given. */
  readonly ca?: string
}

type JourneyRequest = LoadTestingSettings['journey'][number]['requests'][number]

/** Somebody who goes through a site as a virtual user does. */
type Visitor = {
  /** What is wrong with the answer, in words; undefined where it is the right one. */
  readonly ask: (request: JourneyRequest) => Promise<string | undefined>
  readonly pathOf: (request: JourneyRequest) => string
  readonly leave: () => Promise<void>
}

/** What load tests take from the rooms that they load. */
export type LoadTestingNeeds = {
  /** What is live now; undefined before anything was published. */
  readonly release: () => Promise<string | undefined>
  /** What a run is made with, by name: edge, the configuration, the commit of what is live. */
  readonly versions: () => Promise<Readonly<Record<string, string>>>
  /** Of the programs that visitors of this instance meet, by name. */
  readonly engineVersions: (world: World) => Promise<Readonly<Record<string, string>>>
  /** The site of this instance, as its visitors reach it. */
  readonly place: Place
  /** With it its test accounts sign in. */
  readonly password: string
  /** Sends one visitor to a site; `places`: what stands in {braces}. */
  readonly visitor: (place: Place, places: Readonly<Record<string, string>>) => Promise<Visitor>
  /** Where runs are kept as proof. */
  readonly records: Records
  readonly pool: InstanceSources['pool']
  readonly atWork: InstanceSources['atWork']
  readonly eventLoops: InstanceSources['eventLoops']
  /** From now on. */
  readonly files: () => Promise<InstanceSources['files']>
  readonly isUp: (world: World) => Promise<boolean>
  readonly engines: (world: World) => Promise<InstanceSources['engines']>
}

/** What the checks look at: the runs that were made, and what a run has to belong to. */
export type Runs = {
  readonly newest: NewestRun
  /** What is live now; undefined before anything was published. */
  readonly release: () => Promise<string | undefined>
  /** The steps of the configured journey. */
  readonly steps: readonly string[]
}

/** What the verbs work on, too. */
export type LoadTestingEndpoint = Runs &
  LoadTestingNeeds & {
    /** The instance's. */
    readonly name: string
    readonly state: string
    readonly settings: LoadTestingSettings
    /** The folder of all runs. */
    readonly folder: string
    /** What was made here, trials too, newest first. */
    readonly results: () => Promise<readonly Result[]>
  }
