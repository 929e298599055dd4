import { copyFile, mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OperatorError } from '../../core/errors.ts'
import type { Instance } from '../../core/instance.ts'
import type { Command, World } from '../../core/world.ts'
import { hashOfPath } from './files.ts'

const capability = 'cap_net_bind_service'
/** Where util-linux, which every Debian has, puts it. */
const packaged = '/usr/bin/setpriv'

type Serving = Pick<Instance, 'state' | 'machine'> & { readonly ports: Pick<Instance['ports'], 'https' | 'http'> }

const copyIn = (state: string): string => join(state, 'bin', 'with-low-ports')

/** Whether a port of the site is root's. */
export const needsLowPorts = ({ machine, ports }: Serving): boolean =>
  Math.min(ports.https, ports.http) < machine.lowestOpenPort

/**
 * A command that may have ports which are root's; as it is where the site's are anybody's. The capability is handed on,
 * so that the program stays the distribution's own, with its security updates.
 */
export function withLowPorts(serving: Serving, command: Command): Command {
  if (!needsLowPorts(serving)) return command
  const handOn = ['--inh-caps', '+net_bind_service', '--ambient-caps', '+net_bind_service']
  // The kernel forgets it where a program gains a capability: a killed supervisor would leave an orphan.
  return [copyIn(serving.state), ...handOn, '--pdeathsig', 'TERM', '--', ...command]
}

/** What root has to run once, where edge itself is not root. */
export const commandForRoot = (state: string): string =>
  `install -D ${packaged} ${copyIn(state)} && setcap ${capability}=+ep ${copyIn(state)}`

/**
 * Lets nginx have ports below 1024 without being root: a copy of setpriv, which only the engines' user can reach, gets
 * that one capability to hand on. Answers what was done; undefined where the ports are anybody's. Throws OperatorError
 * (exit 2) with the command where this is not root and the copy is not there.
 */
export async function allowLowPorts(serving: Serving, world: World): Promise<string | undefined> {
  if (!needsLowPorts(serving)) return undefined
  const program = copyIn(serving.state)
  const shown = `${program} hands ${capability} on to nginx, and nothing else of root's`
  const capable = (await world.run(['getcap', program])).stdout.includes(capability)
  if (capable && (world.uid !== 0 || (await hashOfPath(program)) === (await hashOfPath(packaged)))) return shown
  if (world.uid !== 0) {
    throw new OperatorError(
      'serve',
      `ports below ${serving.machine.lowestOpenPort} are root's`,
      ['run this once with sudo, or let somebody with root run:', commandForRoot(serving.state)],
      2,
    )
  }
  await mkdir(dirname(program), { recursive: true, mode: 0o755 })
  const aside = `${program}.new`
  await copyFile(packaged, aside)
  const ran = await world.run(['setcap', `${capability}=+ep`, aside])
  if (ran.code !== 0) {
    throw new OperatorError('serve', `setcap refuses: ${ran.stderr.trim()}`, [
      'does the file system of `state` know capabilities?',
      'ports above 1023 need none: serve.http, serve.https',
    ])
  }
  await rename(aside, program)
  return shown
}
