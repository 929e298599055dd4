import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { eachAtOnce } from '../../core/at-once.ts'
import type { World } from '../../core/world.ts'
import { readJson, syncDirectory, syncFileSystem } from './files.ts'

/**
 * Releases on the disk: a folder for each, and a list of what is in it, which is never changed. A folder without a list
 * is what a killed run left.
 */
export class Shelf<List extends { readonly id: string }> {
  readonly releases: string
  readonly manifests: string
  readonly #form: z.ZodType<List>
  readonly #mode: number

  constructor(folder: string, form: z.ZodType<List>, mode: number) {
    this.releases = join(folder, 'releases')
    this.manifests = join(folder, 'manifests')
    this.#form = form
    this.#mode = mode
  }

  root = (id: string): string => join(this.releases, id)
  manifest = (id: string): string => join(this.manifests, `${id}.json`)

  /** Undefined where its list is none, or is a copy of another one's. */
  async read(id: string): Promise<List | undefined> {
    const list = await readJson(this.manifest(id), this.#form)
    return list?.id === id ? list : undefined
  }

  /** The names of all lists, those too that cannot be read. */
  async lists(): Promise<readonly string[]> {
    return (await readdir(this.manifests).catch(() => [])).filter((name) => !name.startsWith('.'))
  }

  /** Every release that is whole. */
  async whole(): Promise<readonly List[]> {
    const names = (await this.lists()).filter((name) => name.endsWith('.json'))
    const found = await eachAtOnce(names, (name) => this.read(name.replace(/\.json$/, '')))
    return found.filter((one) => one !== undefined)
  }

  /** Makes it where there is none, and takes away what killed runs left; the list of what is in use may be lost. */
  async prepare(inUse: string | undefined): Promise<void> {
    const { releases, manifests } = this
    await Promise.all([releases, manifests].map((path) => mkdir(path, { recursive: true, mode: this.#mode })))
    const [folders = [], lists = []] = await Promise.all([releases, manifests].map((path) => readdir(path)))
    const left = [
      ...lists.filter((name) => name.startsWith('.')).map((name) => join(manifests, name)),
      ...folders.filter((id) => id !== inUse && !lists.includes(`${id}.json`)).map(this.root),
    ]
    await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })))
  }

  /** Has a folder filled aside, and puts it in place when it is on the disk: a machine that loses power has no empty files. */
  async put<Result>(id: string, world: Pick<World, 'run'>, fill: (aside: string) => Promise<Result>): Promise<Result> {
    const aside = this.root(`.${id}`)
    // By itself: of a disk that may not be written to, making it with its parents says that it is not there.
    await mkdir(aside, { mode: 0o755 })
    try {
      const filled = await fill(aside)
      await syncFileSystem(aside, world)
      await rename(aside, this.root(id))
      await syncDirectory(this.releases)
      return filled
    } catch (error) {
      // It may be what has filled the disk.
      await rm(aside, { recursive: true, force: true })
      throw error
    }
  }

  /** The list first: a folder without one is a leftover, which the next run clears away. */
  async remove(id: string): Promise<void> {
    await rm(this.manifest(id), { force: true })
    await rm(this.root(id), { recursive: true, force: true })
  }
}
