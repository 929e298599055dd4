import { chmod, chown, copyFile, mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exit, OperatorError } from '../../core/errors.ts'
import type { Instance, UnixUser } from '../../core/instance.ts'
import type { Command, World } from '../../core/world.ts'
import { hashOfPath } from './files.ts'

const capability = 'cap_net_bind_service'
/** Where util-linux, which every Debian has, puts it. */
const packaged = '/usr/bin/setpriv'

type Serving = Pick<Instance, 'name' | 'machine'> & { readonly ports: Pick<Instance['ports'], 'https' | 'http'> }

/**
 * Where an instance's copy of setpriv lies: in a folder of root's that the engines' group may enter. Not in the state
 * directory: that is the engines' own, and root must not write where somebody else may have put a link.
 */
export const lowPortsFolder = (name: string): string => join('/usr/local/lib/edge', name)
const copyFor = (name: string): string => join(lowPortsFolder(name), 'with-low-ports')

/** Whether a port of the site is root's. */
export const needsLowPorts = ({ machine, ports }: Omit<Serving, 'name'>): boolean =>
  Math.min(ports.https, ports.http) < machine.lowestOpenPort

/**
 * A command that may have ports which are root's; as it is where the site's are anybody's. The capability is handed on,
 * so that the program stays the distribution's own, with its security updates.
 */
export function withLowPorts(serving: Serving, command: Command): Command {
  if (!needsLowPorts(serving)) return command
  const handOn = ['--inh-caps', '+net_bind_service', '--ambient-caps', '+net_bind_service']
  // The kernel forgets it where a program gains a capability: a killed supervisor would leave an orphan.
  return [copyFor(serving.name), ...handOn, '--pdeathsig', 'TERM', '--', ...command]
}

/** What somebody with root has to run once, where edge itself is not root; `group` is that of the engines' user. */
export function commandForRoot(name: string, group: number): string {
  const [folder, copy] = [lowPortsFolder(name), copyFor(name)]
  const steps = [
    `install -d -o root -g ${group} -m 0750 ${folder}`,
    `install -o root -g ${group} -m 0750 ${packaged} ${copy}`,
    `setcap ${capability}=+ep ${copy}`,
  ]
  return `sudo sh -c '${steps.join(' && ')}'`
}

/**
 * Lets nginx have ports below 1024 without being root: a copy of setpriv, which only root and the engines' group can
 * reach, gets that one capability to hand on. Answers what was done; undefined where the ports are anybody's. Throws
 * OperatorError (exit 2) with the command where this is not root and the copy is not there.
 */
export async function allowLowPorts(serving: Serving, user: UnixUser, world: World): Promise<string | undefined> {
  if (!needsLowPorts(serving)) return undefined
  const program = copyFor(serving.name)
  const shown = `${program} hands ${capability} on to nginx, and nothing else of root's`
  const capable = (await world.run(['getcap', program])).stdout.includes(capability)
  if (capable && (world.uid !== 0 || (await hashOfPath(program)) === (await hashOfPath(packaged)))) return shown
  if (world.uid !== 0) {
    throw new OperatorError(
      'serve',
      `ports below ${serving.machine.lowestOpenPort} are root's`,
      ['root has to allow them once (libcap2-bin has setcap):', commandForRoot(serving.name, user.gid)],
      exit.usage,
    )
  }
  await mkdir(dirname(dirname(program)), { recursive: true, mode: 0o755 })
  await mkdir(dirname(program), { recursive: true, mode: 0o750 })
  await chown(dirname(program), 0, user.gid)
  const aside = `${program}.new`
  await copyFile(packaged, aside)
  // The owner before the capability: a change of owner takes it away.
  await chown(aside, 0, user.gid)
  await chmod(aside, 0o750)
  const ran = await world.run(['setcap', `${capability}=+ep`, aside])
  if (ran.code !== 0) {
    throw new OperatorError('serve', `setcap refuses: ${ran.stderr.trim()}`, [
      `does the file system of ${dirname(program)} know capabilities?`,
      'ports above 1023 need none: serve.http, serve.https',
    ])
  }
  await rename(aside, program)
  return shown
}
