import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Instance } from '../../../src/core/instance.ts'
import type { Engine } from '../../../src/core/plan.ts'
import { certificateStep } from '../../../src/targets/local/certificate.ts'
import { siteTls } from '../../../src/targets/local/site-certificate.ts'
import { writeAtomically } from '../../../src/targets/local/files.ts'
import { nginxSockets } from '../../../src/engines/nginx.ts'
import { isReady } from '../../../src/targets/local/ready.ts'
import { freePorts } from '../../../test/ports.ts'
import { testWorld } from '../../../test/world.ts'
import { type Files, writeFiles } from '../../../test/write-files.ts'
import { exampleInstance } from '../../../test/example-instance.ts'
import type { OnThisMachine } from '../endpoint.ts'
import { local } from '../local.ts'
import { publish, type Published } from '../releases/publish.ts'
import { readTree } from '../releases/tree.ts'
import type { PageStyle } from '../routing.ts'
import { cdnSettings } from '../settings.ts'
import { duration, type DurationText } from '../../../src/core/units.ts'

/** How a load test calls itself at this edge. */
export const loadTestAgent = 'a-load-test'
/** Whom nginx runs as where the tests run as root: on every Debian there is nobody, with no rights at all. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
const { world } = testWorld()

export type Respond = (request: IncomingMessage, response: ServerResponse) => void

type SiteOptions = {
  readonly api?: boolean
  readonly pages?: PageStyle
  readonly hashedFolders?: readonly string[]
  /** Paths that visitors get. */
  readonly journey?: readonly string[]
  /** How long the API is waited for. */
  readonly timeout?: DurationText
  readonly streamIdle?: DurationText
}

/** The room alone: a real nginx as it is rendered, a site that is published, and an HTTP server as its API. */
export class TestEdge {
  readonly instance: Instance
  readonly endpoint: OnThisMachine
  readonly site: string
  /** Where the API answers, past nginx. */
  readonly apiAddress: string
  /** What the API answers; a test puts its own here. */
  respond: Respond = (_, response) => response.end()
  private readonly engine: Engine
  readonly built: string
  private readonly api: Server | undefined
  private process: ChildProcess | undefined

  private readonly hashedFolders: readonly string[]

  private constructor(
    folder: string,
    ports: readonly [number, number, number],
    {
      api: hasApi = true,
      pages = 'app',
      hashedFolders = [],
      timeout = '60 seconds',
      streamIdle = '1 hour',
      journey = [],
    }: SiteOptions,
  ) {
    const [https, http, api] = ports
    this.instance = { ...exampleInstance, state: folder, ports: { ...exampleInstance.ports, https, http } }
    this.apiAddress = `http://127.0.0.1:${api}/`
    this.hashedFolders = hashedFolders
    this.site = join(folder, 'site')
    this.built = join(folder, 'built')
    this.api = hasApi ? createServer((request, response) => this.respond(request, response)) : undefined
    const room = local(this.instance, cdnSettings.parse({ pages, cache: { hashedFolders } }), {
      domain: 'localhost',
      tls: siteTls(folder, 'local'),
      loadTestAgent,
      journey,
      apiDamage: async () => undefined,
      takenSince: async () => [],
      agentRuns: async () => true,
      app: {
        ...(hasApi
          ? {
              api: {
                upstreams: [`127.0.0.1:${api}`],
                keepsConnections: true,
                health: '/api/health',
                drain: duration('30 seconds'),
                timeout: duration(timeout),
                streamIdle: duration(streamIdle),
              },
            }
          : {}),
        static: { directory: this.built, after: [] },
        ready: [],
      },
    })
    this.endpoint = room.endpoint
    const engine = room.plan.find((part) => part.kind === 'engine')
    if (!engine) throw new Error('the room has no engine')
    this.engine = { component: 'cdn', ...engine }
    this.api?.listen(api, '127.0.0.1')
  }

  static async make(files: Files, options: SiteOptions = {}): Promise<TestEdge> {
    const folder = await mkdtemp(join(tmpdir(), 'edge-cdn-'))
    await chmod(folder, 0o755)
    const [https = 0, http = 0, upstream = 0] = await freePorts(3)
    const edge = new TestEdge(folder, [https, http, upstream], options)
    await mkdir(join(folder, 'tls'))
    const certificate = certificateStep(folder, 'localhost')
    await certificate.ensure(world, { missing: 'all of it' })
    await edge.publish(files)
    await edge.start()
    return edge
  }

  /** Puts these files where a build would put them. */
  async build(files: Files): Promise<void> {
    await rm(this.built, { recursive: true, force: true })
    await writeFiles(this.built, files)
  }

  /** Makes these files the live site. */
  async publish(files: Files): Promise<Published> {
    await this.build(files)
    return this.publishBuilt()
  }

  /** Makes what lies where a build puts it the live site, as the room's own step does. */
  async publishBuilt(): Promise<Published> {
    const edge = { endpoint: this.endpoint, sockets: nginxSockets(this.instance) }
    const tree = await readTree(this.built)
    return publish(
      { folder: this.built, tree },
      this.site,
      { by: 'tester', hashedFolders: this.hashedFolders },
      world,
      edge,
    )
  }

  /** A hand deletes a file of the live release. */
  removeLive(name: string): Promise<void> {
    return rm(join(this.site, 'live', name))
  }

  /** The API goes away: what asks it is refused. */
  async stopApi(): Promise<void> {
    if (!this.api) return
    const closed = once(this.api, 'close')
    this.api.close()
    this.api.closeAllConnections()
    await closed
  }

  /** A hand edits nginx.conf, and nginx takes it over; a change that finds nothing to change would prove nothing. */
  async edit(change: (text: string) => string): Promise<void> {
    const file = this.engine.files[0]?.path ?? ''
    const before = await readFile(file, 'utf8')
    const after = change(before)
    if (after === before) throw new Error('the edit changes nothing')
    await writeFile(file, after)
    await judged(this.engine)
    await this.reload()
  }

  /** Has nginx read its configuration anew, and waits until none of the workers before is left. */
  async reload(): Promise<void> {
    const pid = this.process?.pid ?? 0
    const workers = async () => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
    const before = new Set(await workers())
    process.kill(pid, 'SIGHUP')
    while ((await workers()).some((worker) => before.has(worker))) await world.sleep(20)
  }

  /** Where s6 would put it. */
  private get logFile(): string {
    return join(this.instance.state, 'logs', 'nginx', 'current')
  }

  /** Everything that nginx has said so far. */
  log(): Promise<string> {
    return readFile(this.logFile, 'utf8')
  }

  /** nginx is ended and started anew; what its caches have on the disk stays. */
  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  private async stop(): Promise<void> {
    if (this.process?.exitCode !== null) return
    const ended = once(this.process, 'exit')
    this.process.kill(this.engine.stop)
    await ended
  }

  async remove(): Promise<void> {
    await this.stop()
    if (this.api?.listening === true) await this.stopApi()
    await rm(this.instance.state, { recursive: true, force: true })
  }

  private async start(): Promise<void> {
    const { engine, instance } = this
    for (const path of [join(instance.state, 'run'), ...(engine.directories ?? [])])
      await mkdir(path, { recursive: true })
    for (const { path, content } of engine.files) await writeAtomically(path, content)
    await mkdir(dirname(this.logFile), { recursive: true })
    const log = await open(this.logFile, 'w')
    if (nobody.uid !== undefined) await world.run(['chown', '-R', `${nobody.uid}:${nobody.gid}`, instance.state])
    await judged(engine)
    const [program, ...args] = engine.command
    this.process = spawn(program, args, { ...nobody, stdio: ['ignore', log.fd, log.fd] })
    await log.close()
    while (!(await isReady(engine.ready, world))) {
      if (this.process.exitCode !== null) throw new Error(`nginx ended:\n${await this.log()}`)
      await world.sleep(20)
    }
  }
}

/** nginx's own verdict on what was rendered, asked as the converger asks. */
async function judged(engine: Engine): Promise<void> {
  const file = engine.files[0]?.path
  if (!engine.judge || file === undefined) throw new Error('nginx has no judge')
  const [program, ...args] = engine.judge.command(file)
  const as =
    nobody.uid === undefined
      ? []
      : ['setpriv', `--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups', '--']
  const [first = program, ...rest] = [...as, program, ...args]
  const ran = await world.run([first, ...rest])
  if (ran.code !== 0) throw new Error(`${ran.stdout}${ran.stderr}`)
}
