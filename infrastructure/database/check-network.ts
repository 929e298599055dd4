import { stat } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { isLoopback, listeners } from '../../src/targets/local/listening.ts'
import { tryEveryDoor } from './check-doors.ts'
import type { DatabaseEndpoint } from './local.ts'

const answersWithinMs = 1000

/**
 * Looks at where every port of the database listens, knocks at each by every other address that the machine has, tries
 * each door without its key, and looks whether other users of the machine could reach PostgreSQL's sockets.
 */
export async function network({ addresses, cluster, state, ports }: DatabaseEndpoint): Promise<Verdict> {
  const next = 'edge deploy database puts the configured addresses back; who listens there: ss -ltnp'
  const [open, folder, doors] = await Promise.all([
    listeners(),
    stat(join(state, 'run')),
    tryEveryDoor(addresses, cluster),
  ])
  const listening = open.filter(({ port }) => ports.includes(port))
  const outside = listening.find(({ address }) => !isLoopback(address))
  const elsewhere = otherAddresses()
  const knocks = await Promise.all(elsewhere.flatMap((host) => ports.map((port) => answers(host, port))))
  const answered = knocks.find((knock) => knock !== undefined)
  const unlocked = doors.find(({ refused }) => !refused)
  const isPrivate = (folder.mode & 0o077) === 0
  const facts = {
    ports: ports.length,
    'listening on loopback': listening.filter(({ address }) => isLoopback(address)).length,
    'other addresses of the machine': elsewhere,
    'knocks refused there': knocks.filter((knock) => knock === undefined).length,
    'doors tried without their key': doors.length,
    'sockets of PostgreSQL': isPrivate ? 'closed to other users' : 'open to other users',
  }
  if (outside) return broken(measured(facts), `port ${outside.port} listens on ${outside.address}`, next)
  if (answered !== undefined) return broken(measured(facts), `${answered} answers a stranger`, next)
  if (unlocked) return broken(measured(facts), `${unlocked.name} ${unlocked.said}`, unlocked.next)
  if (!isPrivate)
    return broken(measured(facts), `${join(state, 'run')} is open to other users`, `chmod 700 ${join(state, 'run')}`)
  return kept(measured(facts))
}

/** Those by which somebody outside could come: every one but loopback and what is for one cable alone. */
const otherAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, scopeid }) => !internal && !scopeid)
    .map(({ address }) => address)

/** The address where somebody answers; undefined where nobody does. */
function answers(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: answersWithinMs })
    const end = (found: string | undefined) => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => end(`${host}:${port}`))
    socket.once('error', () => end(undefined))
    socket.once('timeout', () => end(undefined))
  })
}
