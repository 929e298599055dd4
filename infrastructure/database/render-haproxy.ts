import type { Instance, Ports } from '../../src/core/instance.ts'
import { members } from './render-patroni.ts'

/**
 * Holds a new connection until its backend has a server, for 15 s at most: during a failover clients wait instead of
 * failing. HAProxy's own bound for a function of Lua, 4 s, must not come before that.
 */
export const waitForServer = `core.register_action('wait_for_server', { 'tcp-req' }, function(transaction, backend)
  for _ = 1, 600 do
    for _, server in pairs(core.backends[backend].servers) do
      if server:get_stats().status:sub(1, 2) == 'UP' then return end
    end
    core.msleep(25)
  end
end, 1)
`

/**
 * haproxy.cfg: one port that leads to the primary, one that leads to the standby, or to the primary where there is none.
 *
 * Its checks look at the body first and at the status second: HAProxy hangs up as soon as a status is not the expected
 * one, and Patroni then writes a whole traceback into its log, several times a second.
 */
export function haproxyConfiguration(instance: Instance, lua: string): string {
  const { ports } = instance
  return `global
  log stdout format raw local0 notice
  maxconn 4000
  nbthread 1
  hard-stop-after 30s
  tune.lua.session-timeout 20s
  lua-load ${lua}

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
  bind 127.0.0.1:${ports.writer}
  tcp-request content lua.wait_for_server primary
  default_backend primary

frontend reader
  bind 127.0.0.1:${ports.reader}
  use_backend replica if { nbsrv(replica) gt 0 }
  tcp-request content lua.wait_for_server primary
  default_backend primary

backend primary
  option httpchk
  http-check send meth GET uri /primary
  http-check expect rstring "\\"role\\": \\"(master|primary)\\""
  http-check expect status 200
  default-server inter 500ms fastinter 250ms downinter 250ms fall 8 rise 1 on-marked-down shutdown-sessions observe layer4 error-limit 1 on-error mark-down
${servers(ports)}

backend replica
  option httpchk
  http-check send meth GET uri /replica?lag=16MB
  http-check expect rstring "\\"state\\":"
  http-check expect status 200
  default-server inter 1s fastinter 250ms downinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${servers(ports)}

frontend status
  mode http
  timeout client 5s
  bind 127.0.0.1:${ports.haproxyStatus}
  http-request return status 200 content-type text/plain lf-string "${page}"
`
}

/** How HAProxy sees the servers, a line each: `primary/pg1 1`. */
const page = ['primary', 'replica']
  .flatMap((backend) => members.map((name) => `${backend}/${name} %[srv_is_up(${backend}/${name})]\\n`))
  .join('')

function servers(ports: Ports): string {
  return members
    .map((name, index) => {
      const [server, check] =
        index === 0 ? [ports.postgres[0], ports.patroni[0]] : [ports.postgres[1], ports.patroni[1]]
      return `  server ${name} 127.0.0.1:${server} check port ${check}`
    })
    .join('\n')
}
