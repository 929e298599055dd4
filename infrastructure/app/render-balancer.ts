import type { Instance } from '../../src/core/instance.ts'
import type { Duration } from '../../src/core/units.ts'
import { balancerGroup, balancerPaths, uncheckedGroup } from '../../src/engines/balancer.ts'

export type Member = { readonly name: string; readonly port: number }

/** What the balancer passes on to, and where a process says that it can take requests. */
export type Balanced = { readonly members: readonly Member[]; readonly health: string; readonly drain: Duration }

/**
 * haproxy.cfg of the balancer. nginx opens a connection for each request, and not before it has the whole of it: so the
 * process is chosen as late as can be, a connection is a request in flight, and the only thing that is ever tried a
 * second time is a connection that no process took. It reads nothing of what passes; nginx's times are those that hold.
 *
 * One that hangs still takes connections: each process is asked for its health, and gets no more until it answers. Where
 * none does, what they are asked may be too slow for all of them, and requests go to all as they come.
 */
export function balancerConfiguration(instance: Instance, { members, health, drain }: Balanced): string {
  const { api, admin } = balancerPaths(instance)
  return `global
  log stdout format raw local0 notice
  maxconn 4000
  # Commands are carried out between two connections: one that was taken out gets no more, and those that it has are counted.
  nbthread 1
  hard-stop-after ${drain.milliseconds}ms
  stats socket ${admin} mode 600 level admin expose-fd listeners

defaults
  mode tcp
  log global
  timeout connect 2s
  timeout client 24h
  timeout server 24h
  # A client that has left waits for nothing.
  timeout client-fin 1s
  # The other one at once, when a process does not take the connection.
  retries 4
  option redispatch 1

frontend api
  bind unix@${api} mode 600
  use_backend ${uncheckedGroup} if { nbsrv(${balancerGroup}) eq 0 }
  default_backend ${balancerGroup}

backend ${balancerGroup}
  balance roundrobin
  option httpchk
  http-check send meth GET uri ${quoted(health)} ver HTTP/1.1 hdr Host 127.0.0.1
  http-check expect status 200
  # Out within five seconds, and in again within one.
  timeout check 1500ms
  default-server check inter 1s fastinter 500ms fall 2 rise 1
${servers(members)}

backend ${uncheckedGroup}
  balance roundrobin
${servers(members)}
`
}

const servers = (members: readonly Member[]): string =>
  members.map(({ name, port }) => `  server ${name} 127.0.0.1:${port}`).join('\n')

/** A path as the probe at the start sends it; what would end HAProxy's quotes is sent as its number. */
function quoted(health: string): string {
  const { pathname, search } = new URL(`http://127.0.0.1${health}`)
  return `'${`${pathname}${search}`.replaceAll("'", '%27')}'`
}
