/** What the API answers; see app/api/schemas.ts. Days are ISO dates. */
type SportName = { readonly id: string; readonly name: string; readonly league: string }

export type SportSummary = SportName & {
  readonly games: number
  readonly firstDay: string | null
  readonly lastDay: string | null
  readonly predictions: boolean
  readonly notice: string | null
  readonly attribution: string | null
  readonly licence: string | null
}

export type DayHead = {
  readonly sport: SportName
  readonly day: string | null
  readonly days: {
    readonly first: string | null
    readonly last: string | null
    readonly previous: string | null
    readonly next: string | null
  }
  readonly isLastDay: boolean
  /** True where a probability is there for any game of the day. */
  readonly published: boolean
  readonly basis: 'published' | 'elo' | null
  readonly notice: string | null
}

export type Game = {
  readonly id: string
  readonly season: number
  readonly stage: string | null
  readonly startsAt: string | null
  readonly status: 'played' | 'scheduled' | 'postponed'
  readonly home: string
  readonly away: string
  readonly homeScore: number | null
  readonly awayScore: number | null
  readonly outcome: 'home' | 'away' | 'draw' | null
}

type Predicted = Game & { readonly homeProbability: number | null; readonly awayProbability: number | null }
export type Priced = Game & { readonly homeOdds: number | null; readonly awayOdds: number | null }

export type GamesDay = DayHead & { readonly games: readonly Game[] }
export type PredictionsDay = DayHead & { readonly predictions: readonly Predicted[] }
export type OddsDay = DayHead & { readonly formula: string; readonly margin: number; readonly odds: readonly Priced[] }

export type Preferences = {
  readonly favouriteSports: readonly string[]
  readonly oddsFormat: 'decimal' | 'american'
  readonly theme: 'system' | 'light' | 'dark'
}

export type Session = { readonly account: string | null; readonly hasAvatar: boolean }

/** What went wrong, in words for the page: the API's own where it gave some. Status 0: there was no answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly requestId: string | undefined

  constructor(status: number, message: string, requestId?: string) {
    super(message)
    this.status = status
    this.requestId = requestId
  }
}

type Asked = { readonly method?: string; readonly json?: unknown; readonly image?: Blob; readonly signal?: AbortSignal }

/** The answer's JSON, taken to be what the caller says it is: both are released together. Throws ApiError. */
export async function ask<Answer>(path: string, { method, json, image, signal }: Asked = {}): Promise<Answer> {
  const type = image ? image.type : 'application/json'
  const body = image ?? (json === undefined ? null : JSON.stringify(json))
  const response = await fetch(path, {
    method: method ?? 'GET',
    credentials: 'same-origin',
    ...(body === null ? {} : { body, headers: { 'content-type': type } }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'The site cannot be reached. Is this device online? Try again in a moment.')
  })
  // The cast: an empty answer has no JSON, and who asks for one says so by Answer = undefined.
  if (response.status === 204) return undefined as Answer
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok || answer === undefined) {
    throw new ApiError(
      response.status,
      messageIn(answer) ?? unexplained(response.status),
      response.headers.get('x-request-id') ?? undefined,
    )
  }
  // The cast: see above.
  return answer as Answer
}

function messageIn(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined
  const { error } = answer
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined
  return typeof error.message === 'string' ? error.message : undefined
}

function unexplained(status: number): string {
  return status >= 500
    ? `The server is not answering properly (${status}). Try again in a moment.`
    : `The server refused the request (${status}).`
}
