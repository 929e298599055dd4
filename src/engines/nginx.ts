import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'
import { needsLowPorts, withLowPorts } from '../targets/local/low-ports.ts'

/** Where Debian's packages put nginx's loadable modules and its table of types. */
export const nginxModules = '/usr/lib/nginx/modules'
export const nginxTypes = '/etc/nginx/mime.types'

export const nginxDirectories = (instance: Instance) => {
  const home = join(instance.state, 'engines', 'nginx')
  return {
    home,
    temporary: join(instance.state, 'run', 'nginx'),
    pid: join(instance.state, 'run', 'nginx.pid'),
    cache: join(instance.state, 'cache'),
  }
}

/** Below its temporary directory, as nginx.conf has them. */
const temporaryNames = ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const

/** Sockets of the servers that nobody but nginx and edge itself asks; state/run lets no other user in. */
export const nginxSockets = (instance: Instance) => ({
  shield: join(instance.state, 'run', 'shield.sock'),
  store: join(instance.state, 'run', 'store.sock'),
  purge: join(instance.state, 'run', 'purge.sock'),
})
export type NginxSockets = ReturnType<typeof nginxSockets>

/** nginx opens its log, /dev/stdout, even for a test, and cannot where that is a socket: the shell gives it a pipe. */
const throughPipe = 'said=$("$0" "$@" 2>&1); code=$?; printf "%s\\n" "$said"; exit $code'

/** nginx in the foreground as the engines' user; `reload` cuts no request off that ends within the drain of its configuration. */
export function nginx(
  instance: Instance,
  configuration: string,
  watches: readonly string[],
  after: readonly string[],
): Unowned<Engine> {
  const { home, temporary, cache, pid } = nginxDirectories(instance)
  const ofNginx = temporaryNames.map((name) => join(temporary, name))
  const caches = [join(cache, 'edge'), join(cache, 'shield')]
  const file = join(home, 'nginx.conf')
  // Without -e it wants to write below /var/log before it has read its configuration.
  const command = (path: string) => withLowPorts(instance, ['nginx', '-e', 'stderr', '-p', home, '-c', path])
  return {
    kind: 'engine',
    name: 'nginx',
    need: {
      binary: 'nginx',
      version: { args: ['-v'], pattern: /nginx\/([\d.]+)/, atLeast: '1.22' },
      packages: [
        'nginx',
        'libnginx-mod-http-brotli-filter',
        'libnginx-mod-http-brotli-static',
        'libnginx-mod-http-headers-more-filter',
        'libnginx-mod-http-cache-purge',
        ...(needsLowPorts(instance) ? ['libcap2-bin'] : []),
      ],
    },
    command: command(file),
    files: [{ path: file, content: configuration }],
    watches,
    // nginx makes these itself when it starts, and not again for a hand that removed them.
    directories: [home, temporary, ...ofNginx, cache, ...caches],
    refilled: [...ofNginx, ...caches],
    // After a kill -9 they are still there, and nginx would not start: "Address already in use". So is its pid where root
    // ran `nginx -t`: "Permission denied".
    leftovers: [...Object.values(nginxSockets(instance)), pid],
    judge: { file, command: (staged) => ['sh', '-c', throughPipe, ...command(staged), '-t'] },
    ready: { kind: 'tcp', port: instance.ports.https, sockets: Object.values(nginxSockets(instance)) },
    readyWithin: duration('15 seconds'),
    reload: { signal: 'SIGHUP', retired: /is shutting down$/ },
    stop: 'SIGQUIT',
    stopWithin: duration('15 seconds'),
    after,
  }
}
