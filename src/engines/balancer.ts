import { connect } from 'node:net'
import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'

export const balancerName = 'balancer'
/** The group of the API's processes in its configuration. */
export const balancerGroup = 'processes'
/** The same once more, for when none of them answers for its health. */
export const uncheckedGroup = 'unchecked'

export const balancerPaths = (instance: Pick<Instance, 'state'>) => {
  const home = join(instance.state, 'engines', balancerName)
  return {
    home,
    configuration: join(home, 'haproxy.cfg'),
    /** nginx asks here; state/run lets no other user in. */
    api: join(instance.state, 'run', 'api.sock'),
    admin: join(instance.state, 'run', 'balancer.sock'),
  }
}

/**
 * HAProxy before the API's processes: one of them is taken out and put back while it runs, without a reload of anything.
 * `after`: the processes. It learns of another port as it puts one back; reloaded first, it would lead to ports where
 * nobody listens yet.
 */
export function balancer(instance: Instance, content: string, after: readonly string[]): Unowned<Engine> {
  const { home, configuration, admin } = balancerPaths(instance)
  return {
    kind: 'engine',
    name: balancerName,
    need: {
      binary: 'haproxy',
      version: { args: ['-v'], pattern: /HAProxy version ([\d.]+)/, atLeast: '2.6' },
      packages: ['haproxy'],
    },
    command: ['haproxy', '-W', '-db', '-f', configuration],
    files: [{ path: configuration, content }],
    directories: [home],
    judge: { file: configuration, command: (staged) => ['haproxy', '-c', '-f', staged] },
    ready: { kind: 'socket', path: admin, asks: 'show info\n' },
    readyWithin: duration('15 seconds'),
    reload: { signal: 'SIGUSR2' },
    stop: 'SIGTERM',
    stopWithin: duration('10 seconds'),
    after,
  }
}

/** What an earlier version brought up has no second group. */
const isEarlier = (said: string): boolean => said === 'No such backend.'

/**
 * Keeps new requests from a process, or lets it have them: at once, since who does that has seen it answer, and the
 * balancer may not have asked it again since it was away. Throws where the balancer does not run.
 */
export async function setState(admin: string, process: string, state: 'drain' | 'ready'): Promise<void> {
  const [checked, unchecked] = [`${balancerGroup}/${process}`, `${uncheckedGroup}/${process}`]
  const commands = [
    ...(state === 'ready' ? [`set server ${checked} health up`] : []),
    `set server ${checked} state ${state}`,
    `set server ${unchecked} state ${state}`,
  ]
  for (const command of commands) {
    const said = await ask(admin, command)
    if (said !== '' && !(command.includes(unchecked) && isEarlier(said))) throw new Error(`the balancer says: ${said}`)
  }
}

/** Where a process listens from now on. What the balancer says to it is an answer in words, and no refusal. */
export async function setPort(admin: string, process: string, port: number): Promise<void> {
  for (const group of [balancerGroup, uncheckedGroup])
    await ask(admin, `set server ${group}/${process} addr 127.0.0.1 port ${port}`)
}

/** What a process has to do now: its requests in flight, whether somebody took it out, and the port that it is asked at. */
export type Load = { readonly inFlight: number; readonly isOut: boolean; readonly port: number }

/** By the processes' names. Throws where the balancer does not run. */
export async function loads(admin: string): Promise<ReadonlyMap<string, Load>> {
  // -1: of every group; 4: servers alone; -1: each of them.
  const [header = '', ...rows] = (await ask(admin, 'show stat -1 4 -1')).split('\n')
  const columns = header.replace(/^# /, '').split(',')
  const servers = rows.map((row) => {
    const values = row.split(',')
    const at = (column: string): string => values[columns.indexOf(column)] ?? ''
    const status = at('status')
    const port = Number(at('addr').split(':').at(-1))
    return { name: at('svname'), status, inFlight: Number(at('qcur')) + Number(at('scur')), port }
  })
  return new Map(
    [...Map.groupBy(servers, ({ name }) => name)].map(([name, ofBoth]) => [
      name,
      {
        inFlight: ofBoth.reduce((sum, { inFlight }) => sum + inFlight, 0),
        // One that does not answer is DOWN whether it was taken out or not; where it is not asked, it shows.
        isOut: ofBoth.some(({ status }) => status.startsWith('DRAIN')),
        port: ofBoth[0]?.port ?? Number.NaN,
      },
    ]),
  )
}

const answersWithinMs = 2000

/** One command of the runtime API; it answers and closes. */
function ask(admin: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = connect({ path: admin, timeout: answersWithinMs })
    socket.setEncoding('utf8')
    socket.on('data', (more: string) => (said += more))
    socket.once('error', reject)
    socket.once('timeout', () => socket.destroy(new Error('the balancer does not answer')))
    socket.once('end', () => resolve(said.trim()))
    // Not ended from here: it would take that for a client that has left.
    socket.write(`${command}\n`)
  })
}
