import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine } from '../core/plan.ts'
import { duration } from '../core/units.ts'
import type { PgAddress } from '../engines/postgres.ts'
import { supervisorPaths } from '../targets/local/s6.ts'
import { heartbeatFolder } from './acknowledged.ts'
import { latestOf } from './history.ts'
import type { AgentSettings } from './settings.ts'

const heartbeatEveryMs = 5000
/** The first look comes so late, too: `edge up` has ended by then, and its load test is not disturbed. */
const looksEveryMs = 10 * 60_000
/** What takes minutes to see, and is seen by `edge drill pool` alone. */
export const drilledGuarantees = ['database.poolIdle', 'database.poolWait']

export const agentName = 'agent'

/** It is connected when it has written its own number: what one before it wrote says nothing of this one. */
const connected = 'read -r pid < "$0" && test "$pid" = "$(s6-svstat -o pid "$1")"'

/** A minute of the day that is this instance's: authorities ask for it, as they feel what everybody does at midnight. */
export function onceADay(name: string): string {
  const minute = createHash('sha256').update(name).digest().readUInt32BE() % (24 * 60)
  return `${minute % 60} ${Math.floor(minute / 60)} * * *`
}

/** The agent as an engine of the instance, like any other. */
export function agentEngine(
  instance: Instance,
  given: {
    readonly configurationFile: string
    readonly keepAlive: readonly PgAddress[]
    readonly writer: PgAddress
    readonly after: readonly string[]
    /** A query that answers true when the step must be healed. */
    readonly watches: readonly { readonly query: string; readonly heal: string }[]
  },
): Engine {
  const file = join(instance.state, 'engines', 'agent', 'agent.json')
  const readyFile = join(instance.state, 'run', 'agent-ready')
  const { scan } = supervisorPaths(instance.state)
  const edge = (verb: string, ...words: readonly string[]) =>
    [
      instance.node,
      join(instance.project, 'src', 'start.js'),
      verb,
      ...words,
      '--config',
      given.configurationFile,
    ] as const
  const settings: AgentSettings = {
    readyFile,
    keepAlive: given.keepAlive,
    writer: given.writer,
    heartbeatEveryMs,
    counted: { folder: heartbeatFolder(instance.state), onLoss: edge('verify', 'database.noLostWrites', '--json') },
    watches: given.watches.map(({ query, heal }) => ({ query, command: edge('heal', heal) })),
    verdictsFile: latestOf(instance.state),
    looksEveryMs,
    jobs: [
      { schedule: '17 * * * *', command: edge('verify', '--json') },
      {
        schedule: '41 3 * * *',
        command: edge('drill', 'pool'),
        measures: { guarantees: drilledGuarantees, judge: edge('verify', ...drilledGuarantees, '--json') },
      },
      { schedule: onceADay(instance.name), command: edge('renew') },
    ],
  }
  return {
    kind: 'engine',
    name: agentName,
    component: 'monitoring',
    command: [instance.node, '--max-semi-space-size=1', join(instance.project, 'src', 'agent', 'main.ts'), file],
    cwd: instance.directory,
    files: [{ path: file, content: `${JSON.stringify(settings, undefined, 2)}\n` }],
    ready: {
      kind: 'command',
      command: ['sh', '-c', connected, readyFile, join(scan, agentName)],
      fails: 'it is not connected to the pool',
    },
    readyWithin: duration('45 seconds'),
    stop: 'SIGTERM',
    stopWithin: duration('10 seconds'),
    after: given.after,
  }
}
