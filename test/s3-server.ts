import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as wait } from 'node:timers/promises'
import { MiniStack } from './ministack/ministack.ts'
import { freePorts } from './ports.ts'

const run = promisify(execFile)

/**
 * The emulator of S3 behind TLS, with an authority of its own. Where this process may make one, nginx stands in a network
 * of its own, at an address that is none of this machine's, as a server elsewhere would; else at a loopback address.
 */
export class S3Server {
  readonly emulator: MiniStack
  readonly address: string
  readonly ca: string
  readonly isElsewhere: boolean
  /** Where it stands, for others that are to stand beside it. */
  readonly host: string
  readonly network: string | undefined
  readonly #folder: string
  readonly #relay: Server
  #nginx: ChildProcess | undefined

  private constructor(
    emulator: MiniStack,
    relay: Server,
    place: { folder: string; network: string | undefined; host: string; port: number },
  ) {
    this.emulator = emulator
    this.#relay = relay
    this.#folder = place.folder
    this.network = place.network
    this.host = place.host
    this.isElsewhere = place.network !== undefined
    this.address = `https://${place.host}:${place.port}`
    this.ca = join(place.folder, 'ca.pem')
  }

  static async start(): Promise<S3Server> {
    const emulator = await MiniStack.start()
    const folder = await mkdtemp(join(tmpdir(), 'edge-s3-'))
    await chmod(folder, 0o755)
    // A network of its own shares no port with this one, but the disk.
    const socket = join(folder, 'emulator.sock')
    const relay = createServer((from) => {
      const to = connect(emulator.port, '127.0.0.1')
      from.pipe(to).pipe(from)
      for (const side of [from, to]) side.on('error', () => (from.destroy(), to.destroy()))
    }).listen(socket)
    await once(relay, 'listening')
    await chmod(socket, 0o777)
    const network = process.getuid?.() === 0 ? await networkOf(process.pid) : undefined
    const host = network?.host ?? '127.0.0.1'
    const [port = 0] = await freePorts(1)
    // Of an address, pgBackRest looks among the names alone.
    const names = `subjectAltName=IP:${host},DNS:${host}`
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'ca.pem')]
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    await run('openssl', ['req', ...kind, '-subj', '/CN=S3 of a test', '-addext', names, ...files])
    const server = new S3Server(emulator, relay, { folder, network: network?.name, host, port })
    await server.answering(`proxy_pass http://unix:${socket}:;`)
    return server
  }

  /** Has it answer by a directive of nginx: `return 403;`. Without one, as S3 does. */
  async answering(directive = `proxy_pass http://unix:${join(this.#folder, 'emulator.sock')}:;`): Promise<void> {
    await this.#end()
    const [host, port] = this.address.slice('https://'.length).split(':')
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(this.#folder, name)};`,
    )
    const file = join(this.#folder, 'nginx.conf')
    await mkdir(join(this.#folder, 'logs'), { recursive: true })
    await writeFile(
      file,
      `daemon off;
worker_processes 1;
pid ${join(this.#folder, 'nginx.pid')};
error_log ${join(this.#folder, 'error.log')};
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  server {
    listen ${host}:${port} ssl;
    ssl_certificate ${this.ca};
    ssl_certificate_key ${join(this.#folder, 'key.pem')};
    client_max_body_size 0;
    location / {
      proxy_set_header Host $http_host;
      proxy_http_version 1.1;
      ${directive}
    }
  }
}
`,
    )
    const nginx = ['/usr/sbin/nginx', '-p', this.#folder, '-c', file]
    const inside = this.network === undefined ? [] : ['ip', 'netns', 'exec', this.network]
    // The death of this process ends it.
    const command = [...inside, 'setpriv', '--pdeathsig', 'TERM', '--', ...nginx]
    this.#nginx = spawn(command[0] ?? '', command.slice(1), { stdio: 'inherit' })
    for (let tries = 0; !(await this.#listens()); tries += 1) {
      if (tries > 100 || this.#nginx.exitCode !== null) throw new Error('nginx before the emulator does not answer')
      await wait(100)
    }
  }

  async #listens(): Promise<boolean> {
    const [host = '', port] = this.address.slice('https://'.length).split(':')
    const socket = connect(Number(port), host)
    const seen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    return seen
  }

  async #end(): Promise<void> {
    const nginx = this.#nginx
    if (!nginx || nginx.exitCode !== null) return
    const closed = once(nginx, 'close')
    nginx.kill('SIGTERM')
    await closed
  }

  async stop(): Promise<void> {
    await this.#end()
    if (this.network !== undefined) await run('ip', ['netns', 'delete', this.network])
    this.#relay.close()
    await this.emulator.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** A network of its own with one address, which is reached from this one; undefined where the kernel allows none. */
async function networkOf(number: number): Promise<{ readonly name: string; readonly host: string } | undefined> {
  const [name, here] = [`edge-s3-${number}`, `es3-${number}`]
  const net = `10.254.${number % 256}`
  try {
    await run('ip', ['netns', 'add', name])
    await run('ip', ['link', 'add', here, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name])
    await run('ip', ['addr', 'add', `${net}.1/30`, 'dev', here])
    await run('ip', ['link', 'set', here, 'up'])
    await run('ip', ['-n', name, 'addr', 'add', `${net}.2/30`, 'dev', 'eth0'])
    await run('ip', ['-n', name, 'link', 'set', 'eth0', 'up'])
    return { name, host: `${net}.2` }
  } catch {
    await run('ip', ['netns', 'delete', name]).catch(() => undefined)
    return undefined
  }
}
