import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ask, connections } from '../infrastructure/cdn/fetch.ts'
import { pebbleNeed } from '../src/cli/prepare.ts'
import { certificateStep, tlsFiles } from '../src/targets/local/certificate.ts'
import { installPackages } from '../src/targets/local/packages.ts'
import { prepareState } from '../src/targets/local/state.ts'
import { freePorts } from './ports.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()
const startsWithinMs = 30_000

/**
 * The ACME server that Let's Encrypt tests with, on loopback, and a name server of its own that leads every name here.
 * It really asks for the challenge, at the port that it is told, and refuses one request in twenty (a bad nonce).
 */
export class Pebble {
  readonly directory: string
  /** What an instance has to trust: who signed Pebble's own TLS, and the authority that signs what is ordered. */
  readonly authority: string
  readonly #folder: string
  readonly #names: string
  readonly #processes: readonly ChildProcess[]

  private constructor(folder: string, directory: string, names: string, processes: readonly ChildProcess[]) {
    this.#folder = folder
    this.directory = directory
    this.authority = join(folder, 'authority.pem')
    this.#names = names
    this.#processes = processes
  }

  /** `http`: the port of the challenge; `seconds`: how long a certificate is good for. */
  static async start(http: number, seconds: number): Promise<Pebble> {
    await installPackages([pebbleNeed], world, { say: () => undefined, line: () => undefined })
    const folder = await mkdtemp(join(tmpdir(), 'edge-pebble-'))
    await chmod(folder, 0o755)
    const own = join(folder, 'own')
    await prepareState(own, 'pebble')
    await certificateStep(own, 'localhost').ensure(world, { missing: 'all of it' })
    const { ca, certificate, key } = tlsFiles(own)
    const [acme = 0, management = 0, dns = 0, names = 0] = await freePorts(4)
    const settings = {
      listenAddress: `127.0.0.1:${acme}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate,
      privateKey: key,
      httpPort: http,
      tlsPort: 1,
      certificateValidityPeriod: seconds,
    }
    await writeFile(join(folder, 'pebble.json'), JSON.stringify({ pebble: settings }))
    const nowhere = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', '']
    const processes = [
      run(['pebble-challtestsrv', ...nowhere, '-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${names}`]),
      run(['pebble', '-config', join(folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${dns}`]),
    ]
    const pebble = new Pebble(folder, `https://127.0.0.1:${acme}/dir`, `http://127.0.0.1:${names}`, processes)
    const trusted = await readFile(ca, 'utf8')
    const root = await pebble.#root(`https://127.0.0.1:${management}/roots/0`, trusted)
    await writeFile(pebble.authority, `${trusted}${root}`)
    return pebble
  }

  async #root(address: string, trusted: string): Promise<string> {
    const through = connections(1, { ca: [trusted] })
    const deadline = Date.now() + startsWithinMs
    try {
      for (;;) {
        const answer = await ask(address, through).catch(() => undefined)
        if (answer?.status === 200) return answer.body.toString()
        if (Date.now() > deadline || this.#processes.some(({ exitCode }) => exitCode !== null)) {
          throw new Error('Pebble does not answer')
        }
        await world.sleep(50)
      }
    } finally {
      through.close()
    }
  }

  /** The name leads nowhere any more: asked for it, the name server fails. */
  loseName(name: string): Promise<void> {
    return this.#tellNames('set-servfail', name)
  }

  findName(name: string): Promise<void> {
    return this.#tellNames('clear-servfail', name)
  }

  async #tellNames(what: string, name: string): Promise<void> {
    const answer = await fetch(`${this.#names}/${what}`, { method: 'POST', body: JSON.stringify({ host: name }) })
    if (!answer.ok) throw new Error(`${what}: ${answer.status}`)
  }

  async stop(): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const closed = once(child, 'close')
      child.kill('SIGTERM')
      await closed
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Tests that are interrupted end no server; the death of theirs does. */
function run(command: readonly string[]): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...command], {
    stdio: 'ignore',
    env: {
      ...process.env,
      // It would wait for up to 15 s before it looks, and take half of the names for proven when they were once.
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_VA_ALWAYS_VALID: '0',
      PEBBLE_AUTHZREUSE: '0',
    },
  })
}
