import type { Instance } from '../../src/core/instance.ts'
import { portsOf } from '../../src/core/reserved.ts'
import { seconds } from '../../src/core/units.ts'
import { type Member, perMember } from './members.ts'
import { encrypted } from './render-freshness.ts'
import { databaseReserved } from './reserved.ts'
import type { DatabaseSettings } from './settings.ts'
import { socketOf } from './sockets.ts'

/**
 * `wait_for_server` holds a new connection until its backend has a server, for 15 s at most: during a failover clients
 * wait instead of failing. `wait_for_place` holds it until that many others have become fewer, too. Whoever has waited in
 * vain goes on to PostgreSQL, which refuses in words that each driver shows; closed here, the client would see no reason.
 * HAProxy's own bound for a function of Lua, 4 s, must not come before that.
 */
export const waitForServer = `local function is_up(backend)
  for _, server in pairs(core.backends[backend].servers) do
    if server:get_stats().status:sub(1, 2) == 'UP' then return true end
  end
  return false
end

core.register_action('wait_for_server', { 'tcp-req' }, function(transaction, backend)
  for _ = 1, 600 do
    if is_up(backend) then return end
    core.msleep(25)
  end
end, 1)

core.register_action('wait_for_place', { 'tcp-req' }, function(transaction, backend, places, seconds)
  for _ = 1, tonumber(seconds) * 20 do
    if core.backends[backend]:get_stats().scur < tonumber(places) and is_up(backend) then return end
    core.msleep(50)
  end
end, 3)
`

/** Which of the two ways of a frontend a client has come by. */
const byPort = 2

/** Beyond the app's own sessions: migrations, and clients that PostgreSQL is about to refuse. */
const besidesSessions = 10

/**
 * haproxy.cfg: one way that leads to the primary; one for readers, that leads to a replica, where there is none to the
 * standby, where there is none to the primary; and the session door, which leads to the primary and lets so many in at once.
 * The pool comes by a socket. edge itself comes by a port, encrypted as far as PostgreSQL, which speaks TLS by TCP alone: for
 * that the backends are there twice. Those of the primary have the health of `primary`, and so close what leads to a server that
 * is primary no more.
 *
 * Its checks look at the body first and at the status second: HAProxy hangs up as soon as a status is not the expected
 * one, and Patroni then writes a whole traceback into its log, several times a second. They look seldom, as each costs
 * 1.7 ms of a processor, and render-freshness.ts sees earlier who leads: they take out a primary that is silent while nobody
 * else leads, and lead writers where that part does not run. Readers are led by that alone.
 *
 * Without an inspect-delay its Lua may not wait for whoever comes in its first moment: they were led to any member, and cut
 * when that failed its first check.
 */
export function haproxyConfiguration(
  instance: Instance,
  members: readonly Member[],
  { pool }: DatabaseSettings,
  lua: readonly string[],
): string {
  const ports = portsOf(instance, databaseReserved)
  const sockets = perMember(ports.postgres, (port) => `unix@${socketOf(instance, port)}`)
  const servers = perMember(ports.postgres, (port) => `127.0.0.1:${port}`)
  const checks = perMember(ports.patroni, (port) => `check addr 127.0.0.1 port ${port}`)
  // Each member's server, and by what it is judged.
  const judged = (at: Readonly<Record<Member, string>>, by: (name: Member) => string) =>
    members.map((name) => `  server ${name} ${at[name]} ${by(name)}`).join('\n')
  const waits = `tcp-request inspect-delay ${seconds(pool.wait) + 20}s`
  return `global
  log stdout format raw local0 notice
  maxconn 4000
  nbthread 1
  hard-stop-after 30s
  tune.lua.session-timeout ${seconds(pool.wait) + 20}s
${lua.map((path) => `  lua-load ${path}`).join('\n')}

defaults
  mode tcp
  log global
  timeout connect 200ms
  timeout client 24h
  timeout server 24h
  timeout check 1s
  retries 50
  option redispatch 1
  option clitcpka
  option srvtcpka

frontend writer
  bind unix@${socketOf(instance, ports.writer)} mode 600
  bind 127.0.0.1:${ports.writer} id ${byPort}
  ${waits}
  tcp-request content lua.wait_for_looks
  tcp-request content lua.wait_for_server primary
  use_backend primary${encrypted} if { so_id ${byPort} }
  default_backend primary

frontend reader
  bind unix@${socketOf(instance, ports.reader)} mode 600
  bind 127.0.0.1:${ports.reader} id ${byPort}
  ${waits}
  tcp-request content lua.wait_for_looks
  tcp-request content lua.wait_for_server primary if { nbsrv(replica) eq 0 } { nbsrv(standby) eq 0 }
  use_backend replica${encrypted} if { so_id ${byPort} } { nbsrv(replica) gt 0 }
  use_backend standby${encrypted} if { so_id ${byPort} } { nbsrv(standby) gt 0 }
  use_backend primary${encrypted} if { so_id ${byPort} }
  use_backend replica if { nbsrv(replica) gt 0 }
  use_backend standby if { nbsrv(standby) gt 0 }
  default_backend primary

frontend session
  bind 127.0.0.1:${ports.session}
  ${waits}
  tcp-request content lua.wait_for_looks
  tcp-request content lua.wait_for_place session ${pool.session} ${seconds(pool.wait)}
  default_backend session

backend primary
  option httpchk
  http-check send meth GET uri /primary
  http-check expect rstring "\\"role\\": \\"(master|primary)\\""
  http-check expect status 200
  default-server inter 5s fastinter 250ms fall 8 rise 1 on-marked-down shutdown-sessions observe layer4 error-limit 1 on-error mark-down
${judged(sockets, (name) => checks[name])}

backend primary${encrypted}
  default-server on-marked-down shutdown-sessions
${judged(servers, (name) => `track primary/${name}`)}

backend session
  timeout queue ${seconds(pool.wait)}s
  timeout tunnel 24d
  default-server on-marked-down shutdown-sessions maxconn ${pool.session + besidesSessions}
${judged(servers, (name) => `track primary/${name}`)}

backend replica
${judged(sockets, () => 'disabled')}

backend replica${encrypted}
${judged(servers, () => 'disabled')}

backend standby
${judged(sockets, () => 'disabled')}

backend standby${encrypted}
${judged(servers, () => 'disabled')}

frontend status
  mode http
  timeout client 5s
  bind 127.0.0.1:${ports.haproxyStatus}
  http-request use-service prometheus-exporter if { path /metrics }
  http-request return status 200 content-type text/plain lf-string "${page(members)}"
`
}

/** How HAProxy sees the servers, a line each: `primary/pg1 1`. */
const page = (members: readonly Member[]): string =>
  ['primary', 'replica', 'standby']
    .flatMap((backend) => members.map((name) => `${backend}/${name} %[srv_is_up(${backend}/${name})]\\n`))
    .join('')
