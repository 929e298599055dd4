import { join } from 'node:path'
import { isClean, noteReplacement, type Replacement, showReplacement } from '../app/replacements.ts'
import { siteClient } from '../cdn/fetch.ts'
import { messageOf } from '../../src/core/errors.ts'
import { request } from '../../src/core/plain-http.ts'
import { balancerName, balancerPaths } from '../../src/engines/balancer.ts'
import { nginxDirectories } from '../../src/engines/nginx.ts'
import type { Deployed } from '../../src/core/record.ts'
import { appliedStamp } from '../../src/targets/local/applied.ts'
import { readText } from '../../src/targets/local/files.ts'
import type { Progress } from '../../src/targets/local/converge.ts'
import type { Replaced } from '../../src/targets/local/drain.ts'
import type { Opened } from '../../src/cli/open.ts'
import type { ProgressScreen } from '../../src/cli/screen/progress.ts'
import type { Moves } from '../moves.ts'
import { siteOfInstance } from '../site.ts'

/** What to say of a replacement that cut requests, and what to do about it. */
export function harmOf(seen: Replacement | undefined): readonly string[] {
  if (!seen || isClean(seen)) return []
  const took = seen.processes.some(({ left }) => left > 0)
  const next = took ? 'what takes longer than site.api.drain is cut: give it more' : 'edge logs nginx says which'
  return [`${showReplacement(seen)}; ${next}`]
}

/** What each request comes through. */
const before: ReadonlySet<string> = new Set(['nginx', balancerName])

const everyMs = 100
/** One that does not answer must not hold up the others; more than this are not sent at once. */
const atOnce = 8

/**
 * Sees what a replacement of the API's processes does to requests, and writes it down. It begins with the first that is
 * replaced, and costs nothing where none is: it asks through the public address meanwhile, ten times a second.
 */
export class Replacing {
  readonly #opened: Opened
  readonly #verb: string
  readonly #movesDatabase: boolean
  readonly #replaced: Replaced[] = []
  #wasDown = false
  #own: Own = { asked: 0, failed: 0 }
  #asker: Asker | undefined
  #begun: Date | undefined

  /** `ofDatabase`: the processes may ask for the database where it is no more, and what fails then is none of a replacement. */
  constructor(opened: Opened, verb: string, { ofDatabase }: Pick<Moves, 'ofDatabase'> = { ofDatabase: false }) {
    this.#opened = opened
    this.#verb = verb
    this.#movesDatabase = ofDatabase
  }

  /** Watches what the converger reports, and passes it on. */
  passesOn(report: (progress: Progress) => void): (progress: Progress) => void {
    return (progress) => {
      if (progress.event === 'draining') {
        this.#begun ??= this.#opened.world.now()
        this.#asker ??= this.#ask()
      }
      if (progress.event === 'replaced') this.#replaced.push(progress.replaced)
      if (progress.event === 'done' && progress.action === 'start' && before.has(progress.part.name))
        this.#wasDown = true
      report(progress)
    }
  }

  /** Sends no more requests of its own until the next is replaced. Call it after each converge, whatever came of that. */
  async pause(): Promise<void> {
    const asker = this.#asker
    this.#asker = undefined
    const own = await asker?.end()
    if (!own) return
    const { asked, failed, first = own.first } = this.#own
    this.#own = { asked: asked + own.asked, failed: failed + own.failed, ...(first === undefined ? {} : { first }) }
  }

  /**
   * Writes down what was seen, says and answers it; undefined where nothing was replaced, or where nginx or the balancer were
   * started meanwhile: nobody was served before, or, by nginx of an instance of 0.2.0, past the balancer, and what fails then
   * says nothing about planned changes. Nor does it where the database moves to other ports.
   */
  async end(screen: Pick<ProgressScreen, 'outcome'>): Promise<Replacement | undefined> {
    await this.pause()
    if (this.#replaced.length === 0 || this.#wasDown) return undefined
    const own = this.#own
    const { instance, world } = this.#opened
    const at = world.now()
    const replacement = { at: at.toISOString(), verb: this.#verb, processes: [...this.#replaced], own }
    if (this.#movesDatabase && !isClean(replacement)) {
      screen.outcome('replaced', `${showReplacement(replacement)}, as the database moves: not judged`, true)
      return undefined
    }
    const took = at.getTime() - (this.#begun ?? at).getTime()
    await noteReplacement(instance.state, replacement, took, await this.#deployed())
    screen.outcome('replaced', showReplacement(replacement), isClean(replacement))
    return replacement
  }

  /** What the replaced processes run with by now. */
  async #deployed(): Promise<Deployed> {
    const { state } = this.#opened.instance
    const stamps = this.#replaced.map(
      async ({ engine }) => [engine, (await appliedStamp(state, engine)) ?? ''] as const,
    )
    return Object.fromEntries(await Promise.all(stamps))
  }

  #ask(): Asker {
    const { instance, configuration } = this.#opened
    const { api } = configuration.site
    const health = api?.health ?? '/'
    const { endpoint } = siteOfInstance(instance, configuration).edge
    const { host } = new URL(endpoint.https)
    const open = async (): Promise<Client> => {
      const serves = await readText(join(nginxDirectories(instance).home, 'nginx.conf'))
      // Where the site moves, nginx is told after the processes: until then nobody answers there.
      return serves?.includes(`//${host}$`) === true ? siteClient(endpoint) : clientOf(balancerPaths(instance).api)
    }
    return new Asker(open, health.startsWith('/api') ? health : '/api/')
  }
}

type Own = Replacement['own']

type Client = {
  readonly ask: (path: string) => Promise<{ readonly status: number }>
  readonly close: () => Promise<void>
}

const answerWithinMs = 8000

/** Asks the balancer itself, on a connection for each request, as nginx does. */
const clientOf = (socketPath: string): Client => ({
  ask: (path) =>
    new Promise((resolve, reject) => {
      const asked = request({ socketPath, path, agent: false, timeout: answerWithinMs }, (response) => {
        response.once('error', reject)
        response.once('end', () => resolve({ status: response.statusCode ?? 0 }))
        response.resume()
      })
      asked.once('timeout', () => asked.destroy(new Error(`not answered within ${answerWithinMs / 1000} s`)))
      asked.once('error', reject)
      asked.end()
    }),
  close: () => Promise.resolve(),
})

/** Asks for one path over and over, at a bounded rate, and counts what is not answered by the API itself. */
class Asker {
  #own: Own = { asked: 0, failed: 0 }
  #open = new Set<Promise<void>>()
  readonly #done = new AbortController()
  readonly #loop: Promise<void>

  constructor(open: () => Promise<Client>, path: string) {
    this.#loop = this.#run(open, path)
    // Whoever ends it hears of it.
    this.#loop.catch(() => undefined)
  }

  async #run(open: () => Promise<Client>, path: string): Promise<void> {
    const client = await open()
    while (!this.#done.signal.aborted) {
      if (this.#open.size < atOnce) {
        const one = this.#once(() => client.ask(path)).finally(() => this.#open.delete(one))
        this.#open.add(one)
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    await Promise.all(this.#open)
    await client.close()
  }

  async #once(ask: () => Promise<{ readonly status: number }>): Promise<void> {
    const failure = await ask().then(
      ({ status }) => (unanswered.has(status) ? `answered ${status}` : undefined),
      (error: unknown) => messageOf(error),
    )
    const { asked, failed, first } = this.#own
    this.#own =
      failure === undefined
        ? { ...this.#own, asked: asked + 1 }
        : { asked: asked + 1, failed: failed + 1, first: first ?? failure }
  }

  async end(): Promise<Own> {
    this.#done.abort()
    await this.#loop
    return this.#own
  }
}

/** What nginx says where the API does not: any other status is the API's own answer. */
const unanswered: ReadonlySet<number> = new Set([502, 503, 504])
