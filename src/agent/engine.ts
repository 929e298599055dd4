import { join } from 'node:path'
import type { ComponentName } from '../core/guarantee.ts'
import type { Instance } from '../core/instance.ts'
import type { Job } from '../core/job.ts'
import type { Engine } from '../core/plan.ts'
import type { Tell } from '../core/tell.ts'
import { duration } from '../core/units.ts'
import type { PgAddress } from '../engines/postgres.ts'
import { heartbeatFolder } from '../targets/local/acknowledged.ts'
import { latestOf } from './history.ts'
import type { AgentSettings } from './settings.ts'

const heartbeatEveryMs = 5000
/** The first look comes so late, too: `edge up` has ended by then, and its load test is not disturbed. */
const looksEveryMs = 10 * 60_000
/** Two looks and a start of edge come well before those who wait at the pool are refused (30 s). */
const looksForPausesEveryMs = 5000

export const agentName = 'agent'

/** It is connected when it has written its own number: what one before it wrote says nothing of this one. */
const connected = 'read -r pid < "$0" && test "$pid" = "$(s6-svstat -o pid "$1")"'

/** The agent as an engine of the instance, like any other. */
export function agentEngine(
  instance: Instance,
  given: {
    /** The room that it belongs to. */
    readonly component: ComponentName
    readonly configurationFile: string
    /** Where its supervisor has the services. */
    readonly services: string
    readonly keepAlive: readonly PgAddress[]
    readonly writer: PgAddress
    readonly after: readonly string[]
    /** A query that answers true when the step must be healed. */
    readonly watches: readonly { readonly query: string; readonly heal: string }[]
    /** Figures by what the database answers; see AgentSettings. */
    readonly tells: readonly Tell[]
    /** What of the pool may be paused, who holds a pause, and the step that has it go on when nobody does. */
    readonly pausable: Omit<NonNullable<AgentSettings['pausable']>, 'looksEveryMs' | 'command'> & {
      readonly heal: string
    }
    /** Notes of what must not stay as it is, each with the step that takes it back where whoever noted it is gone. */
    readonly notes: readonly { readonly note: string; readonly heal: string }[]
    /** The guarantee that is verified at once where a heartbeat was lost. */
    readonly losing: string
    readonly jobs: readonly Job[]
  },
): Engine {
  const file = join(instance.state, 'engines', 'agent', 'agent.json')
  const readyFile = join(instance.state, 'run', 'agent-ready')
  const edge = (verb: string, ...words: readonly string[]) =>
    [
      instance.node,
      join(instance.project, 'src', 'start.js'),
      verb,
      ...words,
      '--config',
      given.configurationFile,
    ] as const
  const { heal: step, ...pausable } = given.pausable
  const settings: AgentSettings = {
    readyFile,
    keepAlive: given.keepAlive,
    writer: given.writer,
    heartbeatEveryMs,
    counted: { folder: heartbeatFolder(instance.state), onLoss: edge('verify', given.losing, '--json') },
    watches: given.watches.map(({ query, heal }) => ({ query, command: edge('heal', heal) })),
    ...(given.tells.length > 0 ? { tells: given.tells } : {}),
    pausable: { ...pausable, looksEveryMs: looksForPausesEveryMs, command: edge('heal', step) },
    notes: given.notes.map(({ note, heal }) => ({
      note,
      looksEveryMs: looksForPausesEveryMs,
      command: edge('heal', heal),
    })),
    verdictsFile: latestOf(instance.state),
    looksEveryMs,
    ranFile: join(instance.state, 'agent', 'ran.json'),
    jobs: given.jobs.map(({ name, schedule, runs: [verb, ...words], catchUp, again, atMost, measures }) => ({
      name,
      schedule: schedule.cron,
      zone: schedule.zone,
      command: edge(verb, ...words),
      catchUp,
      ...(again === undefined ? {} : { again }),
      ...(atMost === undefined ? {} : { atMostMs: atMost.milliseconds }),
      ...(measures ? { measures: { guarantees: measures, judge: edge('verify', ...measures, '--json') } } : {}),
    })),
  }
  return {
    kind: 'engine',
    name: agentName,
    component: given.component,
    command: [
      instance.node,
      '--max-semi-space-size=1',
      join(instance.project, 'src', 'agent', 'start.js'),
      'agent',
      file,
    ],
    cwd: instance.directory,
    files: [{ path: file, content: `${JSON.stringify(settings, undefined, 2)}\n` }],
    ready: {
      kind: 'command',
      command: ['sh', '-c', connected, readyFile, join(given.services, agentName)],
      fails: 'it is not connected to the pool',
    },
    readyWithin: duration('45 seconds'),
    stop: 'SIGTERM',
    stopWithin: duration('10 seconds'),
    after: given.after,
  }
}
