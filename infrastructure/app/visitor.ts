/** What a visitor does, step by step: that of the load tests. */
export type Journey = readonly { readonly name: string; readonly requests: readonly JourneyRequest[] }[]

export type JourneyRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: Readonly<Record<string, string>> | undefined
  readonly status: number
  readonly contains?: string | undefined
}

type Answer = {
  readonly url: string
  readonly status: number
  readonly header: (name: string) => string
  readonly cookies: readonly string[]
  readonly body: Buffer
}

/** A way to the site as its visitors have it: through the public edge, whose authority is trusted. */
export type Client = {
  readonly ask: (
    path: string,
    how: {
      readonly method: JourneyRequest['method']
      readonly headers: Readonly<Record<string, string>>
      readonly body?: string
      readonly withinMs: number
    },
  ) => Promise<Answer>
  readonly close: () => Promise<void>
}

/** What stands in {braces} in a journey, by its name: one account, and one of each choice. */
export type Places = Readonly<Record<string, string>>

const fill = (text: string, places: Places): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole)

export type Asked = {
  readonly status?: number
  /** In words; undefined where the answer was the right one. */
  readonly problem: string | undefined
}

/** As many as k6 follows. */
const mostRedirects = 10

/** One visitor, who does what a virtual user of a load test does: cookies come back, redirects are followed. */
export class Visitor {
  readonly #client: Client
  readonly #site: string
  readonly #places: Places
  readonly #cookies = new Map<string, string>()

  constructor(client: Client, site: string, places: Places) {
    this.#client = client
    this.#site = site
    this.#places = places
  }

  pathOf({ path }: JourneyRequest): string {
    return fill(path, this.#places)
  }

  async ask(request: JourneyRequest, withinMs: number): Promise<Asked> {
    const { method, status: right, body = {} } = request
    const filled = Object.entries(body).map(([name, value]) => [name, fill(value, this.#places)])
    const sent = request.body && { body: JSON.stringify(Object.fromEntries(filled)) }
    try {
      const answer = await this.#follow(this.pathOf(request), { method, right, ...sent, withinMs })
      return { status: answer.status, problem: problemOf(request, answer, this.#places) }
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) }
    }
  }

  async #follow(
    path: string,
    how: { method: JourneyRequest['method']; right: number; body?: string; withinMs: number },
    redirects = 0,
  ): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { 'user-agent': 'edge-verify', 'content-type': 'application/json', origin: this.#site }
    const answer = await this.#client.ask(path, {
      ...how,
      headers: cookie === '' ? headers : { ...headers, cookie },
    })
    this.#keep(answer.cookies)
    const location = answer.header('location')
    // One that is right is the answer itself.
    if (answer.status === how.right || location === '' || redirects === mostRedirects) return answer
    if (![301, 302, 303, 307, 308].includes(answer.status)) return answer
    const next = new URL(location, answer.url)
    if (next.origin !== new URL(this.#site).origin) throw new Error(`leads to another site, ${next.origin}`)
    // As browsers and k6 do: only 307 and 308 are asked with the same method again.
    const { body: _, ...bare } = how
    const again = answer.status >= 307 ? how : { ...bare, method: 'GET' as const }
    return this.#follow(`${next.pathname}${next.search}`, again, redirects + 1)
  }

  #keep(fields: readonly string[]): void {
    for (const field of fields) {
      const [, name, value = '', attributes = ''] = /^\s*([^=;]+)=([^;]*)(.*)$/s.exec(field) ?? []
      if (name === undefined) continue
      if (isTakenBack(attributes)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
  }
}

function isTakenBack(attributes: string): boolean {
  const maxAge = /;\s*max-age=(-?\d+)/i.exec(attributes)?.[1]
  if (maxAge !== undefined) return Number(maxAge) <= 0
  return Date.parse(/;\s*expires=([^;]+)/i.exec(attributes)?.[1] ?? '') <= Date.now()
}

/** What a load test would call wrong; and an empty answer to a GET, unless `contains: ''` says that it is right. */
function problemOf(
  { method, status, contains }: JourneyRequest,
  answer: Pick<Answer, 'status' | 'body'>,
  places: Places,
): string | undefined {
  if (answer.status !== status) return `answers ${answer.status}, not ${status}`
  const wanted = contains === undefined ? undefined : fill(contains, places)
  const mayBeEmpty = wanted === '' || (wanted === undefined && (method !== 'GET' || status !== 200))
  if (answer.body.length === 0 && !mayBeEmpty) return `answers ${status} with nothing in it`
  return answer.body.includes(wanted ?? '') ? undefined : `answers ${status} without ${wanted}`
}
