import type { Causes, Ruled } from '../../src/core/alarm.ts'
import type { Records } from '../../src/core/record.ts'
import type { MutualTls } from '../../src/engines/mutual-tls.ts'
import type { World } from '../../src/core/world.ts'
import type { Rule } from './render-rules.ts'

/** What the checks and the drills look at, where this machine measures and calls somebody. */
export type Running = {
  /** Of the instance. */
  readonly name: string
  /** Where each engine logs, in a folder of its name. */
  readonly logs: string
  readonly prometheus: string
  readonly alertmanager: string
  readonly tls: MutualTls
  /** Those that have a boundary. */
  readonly alarms: readonly Ruled[]
  /** The rules that are wanted. */
  readonly rules: readonly Rule[]
  /** alertmanager.yml as it is wanted. */
  readonly routes: string
  /** prometheus.yml as it is wanted. */
  readonly sources: string
  readonly records: Records
  /** The notifications of the instance's inbox, the newest last. */
  readonly inbox: () => Promise<readonly { readonly at: string; readonly id: string; readonly says: string }[]>
  readonly causes: Causes
  /** Where drills note what they have caused. */
  readonly drills: string
  /** A folder whose rules are taken up beside the configured ones: those of a drill at a scaled boundary. */
  readonly drillRules: string
  /** Has Prometheus read its files anew. */
  readonly reload: (world: World) => Promise<void>
}

export type MonitoringEndpoint = { readonly off: string } | Running
