import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as wait } from 'node:timers/promises'
import { installPackages } from '../src/targets/local/packages.ts'
import { freePorts } from './ports.ts'
import { testWorld } from './world.ts'

const run = promisify(execFile)
const sshd = '/usr/sbin/sshd'

/** Where a server of a test stands: in a network of its own, or at a loopback address. */
type Where = { readonly host: string; readonly network: string | undefined }

/** A server that speaks SFTP and nothing else, with a host key of its own; it takes one key, and shows what is below `files`. */
export class SftpServer {
  /** `sftp://USER@HOST:PORT/FOLDER`, a folder that is there and is empty. */
  readonly address: string
  readonly files: string
  /** What opens it, and what it is known by. */
  readonly key: string
  readonly hostKeys: string
  readonly #folder: string
  readonly #where: Where & { readonly port: number }
  #process: ChildProcess | undefined

  private constructor(folder: string, where: Where & { readonly port: number }) {
    this.#folder = folder
    this.#where = where
    this.files = join(folder, 'files')
    this.key = join(folder, 'key')
    this.hostKeys = join(folder, 'known-hosts')
    this.address = `sftp://${userInfo().username}@${where.host}:${where.port}${this.files}`
  }

  static async start(where: Where): Promise<SftpServer> {
    await installPackages([{ binary: sshd, packages: ['openssh-server'] }], testWorld().world, {
      say: () => undefined,
      line: () => undefined,
    })
    const folder = await mkdtemp(join(tmpdir(), 'edge-sftp-'))
    await chmod(folder, 0o755)
    const [port = 0] = await freePorts(1)
    const server = new SftpServer(folder, { ...where, port })
    await mkdir(server.files)
    await server.makeKey('key')
    await server.makeKey('host-key')
    await writeFile(join(folder, 'authorized'), await readFile(`${server.key}.pub`), { mode: 0o600 })
    await writeFile(server.hostKeys, await server.#known('host-key'))
    await server.up()
    return server
  }

  /** A line of the kind that a client keeps of a server, with one of its keys. */
  async #known(name: string): Promise<string> {
    const [kind, key] = (await readFile(join(this.#folder, `${name}.pub`), 'utf8')).split(' ')
    return `[${this.#where.host}]:${this.#where.port} ${kind} ${key}\n`
  }

  /** Makes a pair of keys, and answers where the private one lies, and what a server with it would be known by. */
  async makeKey(name: string): Promise<{ readonly path: string; readonly known: string }> {
    const path = join(this.#folder, name)
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'of a test', '-f', path])
    return { path, known: await this.#known(name) }
  }

  async up(): Promise<void> {
    const { host, port, network } = this.#where
    const file = join(this.#folder, 'sshd_config')
    const settings = {
      ListenAddress: host,
      Port: port,
      HostKey: join(this.#folder, 'host-key'),
      AuthorizedKeysFile: join(this.#folder, 'authorized'),
      PidFile: 'none',
      PasswordAuthentication: 'no',
      KbdInteractiveAuthentication: 'no',
      PermitRootLogin: 'prohibit-password',
      // The folder of a test lies in one that everybody may write.
      StrictModes: 'no',
      Subsystem: 'sftp internal-sftp',
      ForceCommand: 'internal-sftp',
      AllowTcpForwarding: 'no',
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`)
    await writeFile(file, lines.join(''))
    // Root's asks for it, and nothing makes it where no system starts the program.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
    const inside = network === undefined ? [] : ['ip', 'netns', 'exec', network]
    // The death of this process ends it.
    const command = [...inside, 'setpriv', '--pdeathsig', 'TERM', '--', sshd, '-D', '-e', '-f', file]
    const log = join(this.#folder, 'log')
    this.#process = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#process.stderr?.on('data', (text: Buffer) => void writeFile(log, text, { flag: 'a' }).catch(() => undefined))
    for (let tries = 0; !(await this.#listens()); tries += 1) {
      if (tries > 100 || this.#process.exitCode !== null)
        throw new Error(`sshd does not answer: ${await readFile(log, 'utf8').catch(() => 'it says nothing')}`)
      await wait(100)
    }
  }

  async #listens(): Promise<boolean> {
    const socket = connect(this.#where.port, this.#where.host)
    const seen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    return seen
  }

  /** Ends it, with the sessions that it has. */
  async down(): Promise<void> {
    const server = this.#process
    if (!server || server.exitCode !== null) return
    const closed = once(server, 'close')
    server.kill('SIGTERM')
    await closed
  }

  async stop(): Promise<void> {
    await this.down()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
