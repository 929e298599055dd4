import type { Instance } from '../../src/core/instance.ts'
import type { Duration } from '../../src/core/units.ts'
import { balancerGroup, balancerPaths } from '../../src/engines/balancer.ts'

export type Member = { readonly name: string; readonly port: number }

/**
 * haproxy.cfg of the balancer. nginx opens a connection for each request, and not before it has the whole of it: so the
 * process is chosen as late as can be, a connection is a request in flight, and the only thing that is ever tried a
 * second time is a connection that no process took. It reads nothing of what passes; nginx's times are those that hold.
 */
export function balancerConfiguration(instance: Instance, members: readonly Member[], drain: Duration): string {
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
  default_backend ${balancerGroup}

backend ${balancerGroup}
  balance roundrobin
${members.map(({ name, port }) => `  server ${name} 127.0.0.1:${port}`).join('\n')}
`
}
