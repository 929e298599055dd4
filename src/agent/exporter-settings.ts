import type { Looked } from './figures.ts'
import type { Outside } from '../core/alive.ts'
import type { AskedProcess, Probe } from '../core/probe.ts'
import type { PgAddress } from '../engines/postgres.ts'

/** What the exporter is told; rendered by `edge` into a file of mode 0600. */
export type ExporterSettings = Looked & {
  readonly port: number
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: string }
  /** Where these answer: who says what rings, and who is told. */
  readonly prometheus: string
  readonly alertmanager: string
  /** nginx's log, as s6-log keeps it. */
  readonly accessLog: string
  /** Bounds of the histogram of origins, in seconds; that of the alarm is one of them. */
  readonly originBounds: readonly number[]
  /** What is asked as a visitor asks, as often as somebody wants to know. */
  readonly probes: readonly Probe[]
  /** The API's own processes, of which each is asked by itself. */
  readonly processes: readonly AskedProcess[]
  /** PgBouncer's console. Not in the file of an older version. */
  readonly pool?: PgAddress
  /** The newest verdicts. */
  readonly verdictsFile: string
  /** Where notifications go, and what rings. */
  readonly inbox: string
  readonly ringing: string
  readonly remindEveryMs: number
  /** Whom the outside is called at each time that alarm comes in; absent where nobody is. */
  readonly heartbeat?: Outside
  /** Where drills note what they have caused, and how `edge` undoes what one has left. */
  readonly drills: string
  readonly undo: readonly [program: string, ...args: string[]]
}
