import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { noteContraction } from '../app/releases/contractions.ts'
import { type Catalogue, catalogueSchema, type Loss, lossesBetween } from '../app/releases/expansion.ts'
import { readCatalogue } from '../app/releases/catalogue.ts'
import type { Replacement } from '../app/replacements.ts'
import { trialName } from '../app/processes.ts'
import { type ApiRelease, apiLayout } from '../app/releases/layout.ts'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import type { Plan } from '../../src/core/plan.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { converge, type Converger } from '../../src/targets/local/converge.ts'
import { readJson, readText, writeAtomically } from '../../src/targets/local/files.ts'
import { Supervisor, supervisorPaths } from '../../src/targets/local/s6.ts'
import type { Opened } from '../../src/cli/open.ts'
import { beginOnApi, contractOption, publishedApi } from './published-api.ts'
import { Replacing } from './replacing.ts'
import { asOfNow, stands, type Stood } from './stands.ts'
import { compose, type Composed } from '../compose.ts'
import type { ProgressScreen } from '../../src/cli/screen/progress.ts'

type Api = NonNullable<Composed['api']>

/**
 * Brings a release of the API to its processes, beside the rooms' own plan: the same parts, one after the other, through
 * the same converger.
 */
export class ApiReleaser {
  readonly #opened: Opened
  readonly #converger: Converger
  readonly #replacing: Replacing
  readonly #screen: ProgressScreen

  constructor(opened: Opened, screen: ProgressScreen, verb: string) {
    this.#opened = opened
    this.#screen = screen
    this.#replacing = new Replacing(opened, verb)
    const { instance, world } = opened
    const supervisor = new Supervisor(supervisorPaths(instance.state), world)
    this.#converger = { instance, supervisor, world, report: screen.report }
  }

  /**
   * Runs the new API's migrations, sees that they only expanded, starts it once beside the others, and replaces these one
   * at a time. Throws OperatorError where one of that fails; settle() puts back what was replaced until then.
   */
  async bring(release: ApiRelease, given: readonly string[]): Promise<void> {
    const { instance } = this.#opened
    const api = this.#partsOf(release)
    if (!api) throw new Error('the configuration runs no API')
    await beginOnApi(instance, 'trial')
    await this.#migrate(release, api, given)
    await this.#tryOut(api, await publishedApi(this.#opened))
    await beginOnApi(instance, 'replace')
    const replaced: Stood[] = []
    for (const engine of api.processes) {
      await this.#apply([engine])
      replaced.push(await asOfNow(engine, this.#converger))
    }
    // One that ended while the other one was waited for has not stood either.
    for (const one of replaced) await stands(one, this.#converger)
  }

  /**
   * Has the processes be those of the live release where a replacement was begun: when it went well that changes nothing;
   * when it failed, or a run was killed, it puts the other ones back. One at a time, each when the one before answers.
   */
  async settle(report = this.#converger.report): Promise<void> {
    const { unfinished } = this.#layout
    const work = await readText(unfinished)
    if (work === undefined) return
    // An instance that is down starts the right ones by itself.
    if (await this.#isRunning()) {
      await this.#endTrial()
      // Processes that were not touched yet are left alone.
      const processes = this.#partsOf(await publishedApi(this.#opened))?.processes ?? []
      if (work === 'replace') await this.#apply(processes, report)
    }
    await rm(unfinished, { force: true })
  }

  /** What the replacements of this run did to requests; says it, too. Call it at the end, whatever came of the run. */
  async outcome(): Promise<Replacement | undefined> {
    return this.#replacing.end(this.#screen)
  }

  /** Throws OperatorError where there are no processes to replace, and no database to migrate. */
  async requireRunning(): Promise<void> {
    if (await this.#isRunning()) return
    const { name } = this.#opened.instance
    throw new OperatorError(name, 'does not run, and an API is released where it runs', 'edge up, then this again')
  }

  #isRunning(): Promise<boolean> {
    return this.#converger.supervisor.isRunning()
  }

  get #layout() {
    return apiLayout(this.#opened.instance.state)
  }

  #partsOf(release: ApiRelease | undefined): Api | undefined {
    const { configuration, instance, file } = this.#opened
    return compose(configuration, instance, file, release).api
  }

  /** What these parts stand on runs already, or they fail in their own words. */
  async #apply(plan: Plan, report = this.#converger.report): Promise<void> {
    const names = new Set(plan.map(({ name }) => name))
    const alone = plan.map((part) => ({ ...part, after: part.after.filter((name) => names.has(name)) }))
    try {
      await converge(alone, { ...this.#converger, report: this.#replacing.passesOn(report) })
    } finally {
      await this.#replacing.pause()
    }
  }

  /** The release is live: what it has of the schema is what the next one is measured by. */
  async wentLive(): Promise<void> {
    await rm(this.#layout.schema, { force: true })
    // The processes are the right ones already, unless a run before this one was killed: nothing to show.
    await this.settle(() => undefined)
  }

  async #migrate({ id }: ApiRelease, { migrations, owner, role }: Api, given: readonly string[]): Promise<void> {
    if (!migrations) return
    const { schema } = this.#layout
    const look = (): Promise<Catalogue> => withClient(owner, (client) => readCatalogue(client, role))
    // One that was refused has changed the schema already: it is compared with what the live release knows, each time.
    const known = await readJson(schema, catalogueSchema)
    const before = known ?? (await look())
    if (!known) await writeAtomically(schema, `${JSON.stringify(before)}\n`)
    await this.#apply([migrations])
    const losses = lossesBetween(before, await look())
    if (losses.length === 0) return
    const names = [...new Set(losses.map(({ name }) => name))]
    const unnamed = losses.filter(({ name }) => !given.includes(name))
    if (unnamed.length > 0) throw tookAway(unnamed, names)
    const { configuration, instance, world } = this.#opened
    await noteContraction(instance, configuration.site, { at: world.now().toISOString(), api: id, names })
  }

  /** Starts the program on a port of its own, where no visitor comes, and ends it again when it answers. */
  async #tryOut({ trial, migrations }: Api, live: ApiRelease | undefined): Promise<void> {
    const engine = trial(await freePort())
    const log = join(supervisorPaths(this.#converger.instance.state).logs, engine.name)
    // What one said before is not what this one says.
    await this.#endTrial()
    await rm(log, { recursive: true, force: true })
    try {
      await this.#apply([engine])
      await stands(await asOfNow(engine, this.#converger), this.#converger)
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      const answering = `${live ? `API ${live.id}` : "the configuration's API"} still answers`
      const schema = 'its migrations had run by then: what they added to the schema stays, and does no harm'
      throw new OperatorError('publish', `the new API ${messageOf(error)}`, [
        migrations ? `${answering}; ${schema}` : `${answering}; nothing was changed`,
        `its log: ${join(log, 'current')}`,
      ])
    }
    await this.#endTrial()
  }

  async #endTrial(): Promise<void> {
    const { supervisor } = this.#converger
    if ((await supervisor.services()).includes(trialName)) await supervisor.remove(trialName)
  }
}

/** `names`: all that has to be named for the release to be published. */
const tookAway = (losses: readonly Loss[], names: readonly string[]): OperatorError =>
  new OperatorError(
    'migrations',
    `took away what the live release may use, and the release is not published:\n${losses
      .map(({ name, what }) => `  ${name} ${what}`)
      .join('\n')}`,
    [
      'the schema is not put back: let a migration have it again, then publish that',
      'first publish a release that no longer uses it, and drop it in a later release',
      `if the live release no longer uses it: edge publish … ${contractOption(names)}`,
    ],
  )

/** A port of this machine that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
