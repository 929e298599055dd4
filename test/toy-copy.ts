import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { project, runEdge, type EdgeRun } from './instance.ts'

const list = 'infrastructure/rooms.ts'
const parts = ['edge', 'package.json', 'package-lock.json', 'README.md', 'production.config.ts']
const folders = ['app', 'docs', 'infrastructure', 'src', 'test', 'tools']
const rest = ['tsconfig.json', 'tsconfig.base.json']
/** What is installed, and is shared with the copy. */
const installed = ['node_modules', '.tools', 'tools/node/node_modules']

/** A copy of the product with one room more: its folder, and its line in the list of rooms. */
export class ToyCopy {
  readonly root: string
  readonly environment: Readonly<Record<string, string>>

  private constructor(root: string, environment: Readonly<Record<string, string>>) {
    this.root = root
    this.environment = environment
  }

  /** `configuration`: content of its file, by a name for the instance. */
  static async make(
    configuration: (name: string, root: string) => Promise<object> | object,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ToyCopy> {
    const root = await mkdtemp(join(tmpdir(), 'edge-toy-'))
    // mkdtemp's 0700 would keep the engines' user out.
    await chmod(root, 0o755)
    const filter = (path: string): boolean => !['node_modules', 'dist'].includes(basename(path))
    for (const part of [...folders, ...parts, ...rest])
      await cp(join(project, part), join(root, part), { recursive: true, filter })
    for (const part of installed) await symlink(join(project, part), join(root, part))
    const copy = new ToyCopy(root, environment)
    await copy.#addRoom()
    await mkdir(join(root, 'instance/web'), { recursive: true })
    await writeFile(join(root, 'instance/web/index.html'), '<!doctype html><title>toy</title>')
    const content = JSON.stringify(await configuration(basename(root).toLowerCase(), root))
    await writeFile(copy.#file, `export default ${content}\n`)
    return copy
  }

  get #file(): string {
    return join(this.root, 'instance/production.config.ts')
  }

  async #addRoom(): Promise<void> {
    await cp(join(project, 'test/toy-room'), join(this.root, 'infrastructure/toy'), { recursive: true })
    const before = await readFile(join(this.root, list), 'utf8')
    const after = before
      .replace('import { monitoringRoom }', "import { toyRoom } from './toy/room.ts'\nimport { monitoringRoom }")
      .replace('monitoringRoom] as const', 'monitoringRoom, toyRoom] as const')
    await writeFile(join(this.root, list), after)
  }

  edge(...[verb = '', ...args]: readonly string[]): Promise<EdgeRun> {
    const door = { door: join(this.root, 'edge'), cwd: this.root, env: this.environment }
    return runEdge([verb, '--config', this.#file, ...args], door)
  }

  async must(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.edge(...args)
    if (code !== 0) throw new Error(`edge ${args.join(' ')} ended with ${code}\n${stderr}\n${stdout}`)
    return stdout
  }

  run(...command: readonly [string, ...string[]]): string {
    return execFileSync(command[0], command.slice(1), { cwd: this.root, encoding: 'utf8' })
  }

  /** What the compiler has against these files and all that they import. */
  async compiled(...include: readonly string[]): Promise<string> {
    await writeFile(join(this.root, 'tsconfig.toy.json'), JSON.stringify({ extends: './tsconfig.json', include }))
    return this.run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.toy.json')
  }

  /** Files that differ between the product and the copy, but for what is installed or rendered from the code. */
  get touched(): readonly string[] {
    return [...folders, ...parts].flatMap((part) => {
      try {
        this.run('diff', '-rq', '--exclude=node_modules', '--exclude=dist', join(project, part), join(this.root, part))
        return []
      } catch (error) {
        // diff ends with 1 where something differs, and says what.
        return error instanceof Error && 'stdout' in error ? String(error.stdout).trim().split('\n') : [String(error)]
      }
    })
  }

  /** All that has to be touched. */
  get oneFolderAndOneLine(): readonly string[] {
    return [`Files ${project}/${list} and ${this.root}/${list} differ`, `Only in ${this.root}/infrastructure: toy`]
  }

  delete(): Promise<void> {
    return rm(this.root, { recursive: true, force: true })
  }
}
