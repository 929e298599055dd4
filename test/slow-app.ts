import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildGo } from './go-program.ts'
import { type EdgeRun, TestInstance } from './instance.ts'
import type { Site } from './slow-clients.ts'
import { testWorld } from './world.ts'

const servers = join(import.meta.dirname, 'slow-servers')
const ofKind = { Node: 'server.mjs', Python: 'server.py', Go: 'server.go' } as const
export type Kind = keyof typeof ofKind

/** An instance whose API takes as long as it is asked to, and ends at once when it is told to. */
export class SlowApp {
  readonly instance: TestInstance
  readonly site: Site

  private constructor(instance: TestInstance, site: Site) {
    this.instance = instance
    this.site = site
  }

  static async up(): Promise<SlowApp> {
    const instance = await TestInstance.make(settings)
    await mkdir(join(instance.folder, 'public'))
    await writeFile(join(instance.folder, 'public/index.html'), '<title>slow</title>')
    await place(instance, 'Node', '.', 'first')
    await instance.must('up', '--no-load-test')
    const { addresses, certificateAuthority } = await instance.status()
    return new SlowApp(instance, { https: addresses.site, ca: certificateAuthority })
  }

  /** Lets requests in flight take so long; the next deployment or publication goes by it. */
  async drain(time: string): Promise<void> {
    const { file } = this.instance
    await writeFile(file, (await readFile(file, 'utf8')).replace(/drain: '.*'/, `drain: '${time}'`))
  }

  /** Publishes another API of this kind. */
  async publish(kind: Kind, version: string): Promise<EdgeRun> {
    await place(this.instance, kind, 'api', version)
    const { folder } = this.instance
    return this.instance.edge(['publish', join(folder, 'public'), '--api', join(folder, 'api')])
  }

  /** Deploys another API of this kind, from the folder of the configuration. */
  async deploy(kind: Kind, version: string): Promise<EdgeRun> {
    await place(this.instance, kind, '.', version)
    return this.instance.edge(['deploy', '--yes', 'app'])
  }

  verdict = () => this.instance.judgement('app.drains')
}

const settings = `directory: import.meta.dirname,
  site: {
    static: 'public',
    api: {
      command: ['./server'], health: '/api/health', sources: ['server', 'version'],
      environment: { KEEP_ALIVE: '1000' }, drain: '30 seconds',
    },
    migrations: undefined,
  },`

/** An executable `server` where the command finds it, with a text beside it that makes it another one. */
async function place(instance: TestInstance, kind: Kind, into: string, version: string): Promise<void> {
  const folder = join(instance.folder, into)
  const path = join(folder, 'server')
  await rm(path, { force: true })
  await mkdir(folder, { recursive: true })
  if (kind === 'Go') await buildGo(servers, path, testWorld().world)
  else await copyFile(join(servers, ofKind[kind]), path)
  await writeFile(join(folder, 'version'), version)
  await chmod(path, 0o755)
}
