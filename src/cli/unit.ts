import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exit, OperatorError } from '../core/errors.ts'
import { ownNode } from '../core/process.ts'
import type { VerbRun } from '../core/verb.ts'
import { recordedNode } from '../targets/local/app-node.ts'
import { enginesUser } from '../targets/local/instance.ts'
import { usualFolders } from '../targets/local/processes.ts'
import { load, project } from './open.ts'

/** Prints what systemd needs to start this instance with the machine. Changes nothing. */
export const unit: VerbRun = async (world, _positional, options) => {
  const { configuration, file, state } = await load(world, options)
  if (world.uid !== 0 && !(await stat(state).catch(() => undefined))) {
    const hint = 'edge up brings it up; is it root who did? then: sudo'
    throw new OperatorError(configuration.name, `is not there (${state})`, hint, exit.usage)
  }
  const nodes = [await recordedNode(state), ownNode].filter((path) => path !== undefined)
  const user = world.uid === 0 ? undefined : enginesUser(configuration, world)?.name
  const stateHome = world.uid === 0 ? undefined : world.env['XDG_STATE_HOME']
  world.stdout.write(
    unitText({
      name: configuration.name,
      project,
      file,
      state,
      user,
      environment: {
        PATH: pathWith(nodes.map((path) => dirname(path))),
        NO_COLOR: '1',
        ...(stateHome === undefined ? {} : { XDG_STATE_HOME: stateHome }),
      },
    }),
  )
  return exit.ok
}

/** The app's Node and edge's own are those of now: what else lies on the PATH of systemd may be another version. */
const pathWith = (folders: readonly string[]): string => {
  const own = folders.filter((folder) => !usualFolders.includes(folder) && !folder.startsWith(`${project}/`))
  return [...new Set([...own, ...usualFolders])].join(':')
}

export function unitText({
  name,
  project: clone,
  file,
  state,
  user,
  environment,
}: {
  readonly name: string
  /** The folder of edge. */
  readonly project: string
  /** The configuration. */
  readonly file: string
  readonly state: string
  /** Whoever runs edge; root where nothing is said. */
  readonly user: string | undefined
  readonly environment: Readonly<Record<string, string>>
}): string {
  const edge = quoted(join(clone, 'edge'))
  const config = `--config ${argument(file)}`
  return `# The instance ${name}: /etc/systemd/system/edge-${name}.service, then
#   systemctl daemon-reload
#   systemctl enable edge-${name}
# It starts with the machine from then on. To have what runs now belong to it, too: edge down, then systemctl start edge-${name}

[Unit]
Description=${escaped(`edge: ${name}`)}
Wants=network-online.target
After=network-online.target
RequiresMountsFor=${[clone, dirname(file), state].map(quoted).join(' ')}

[Service]
Type=oneshot
# edge up ends, and what it started runs on, under a supervisor of its own.
RemainAfterExit=yes
KillMode=process
OOMPolicy=continue
# One guarantee is broken: no reason to end the site.
SuccessExitStatus=1
TimeoutStartSec=15min
TimeoutStopSec=5min
${user === undefined ? '' : `User=${user}\n`}${Object.entries(environment)
    .map(([variable, value]) => `Environment=${quoted(`${variable}=${value}`)}\n`)
    .join(
      '',
    )}# Without --yes: where the configuration was changed so that data would be deleted, nothing is done until you are asked.
ExecStart=${edge} up --no-load-test ${config}
ExecStop=${edge} down ${config}

[Install]
WantedBy=multi-user.target
`
}

/** For systemd % begins a specifier, wherever it stands. */
const escaped = (text: string): string => text.replaceAll('%', '%%')

/** One word of a line, whatever is in it. */
const quoted = (word: string): string =>
  `"${escaped(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

/** An argument of a command, in which $ begins a variable. */
const argument = (word: string): string => quoted(word.replaceAll('$', '$$$$'))
