import type { Database } from './database.ts'

export type Outcome = 'home' | 'away' | 'draw'

/** A game as it is stored; days are ISO dates, times are local to the place, probabilities between 0 and 1. */
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
  readonly outcome: Outcome | null
  readonly homeProbability: number | null
  readonly awayProbability: number | null
  /** Published before the game, or computed by its source afterwards; null without a probability. */
  readonly basis: 'published' | 'elo' | null
}

/** The games of one day and where that day lies in the data of its sport; a sport without data has no days. */
export type GameDay = {
  readonly day: string | null
  readonly first: string | null
  readonly last: string | null
  readonly previous: string | null
  readonly next: string | null
  readonly games: readonly Game[]
}

type Days = Omit<GameDay, 'games'>
type Row = Days & { readonly [Field in keyof Game]: Game[Field] | null }

/**
 * One round trip: each day named here is one step into the index on (sport, day, position), taken once, and the games
 * are one stretch of it. Without a day it is the last one. The left join keeps the days when the day has no games.
 */
const text = `
  with known as (
    select min(day) as first, max(day) as last, coalesce($2::date, max(day)) as day from sports.games where sport = $1
  )
  select known.day, known.first, known.last,
    (select max(day) from sports.games where sport = $1 and day < known.day) as previous,
    (select min(day) from sports.games where sport = $1 and day > known.day) as next,
    id, season, stage, starts_at as "startsAt", status, home, away, home_score as "homeScore",
    away_score as "awayScore", outcome, home_probability as "homeProbability", away_probability as "awayProbability",
    basis
  from known left join sports.games on sport = $1 and games.day = known.day
  order by position`

/** The games of a day (an ISO date), or of the last day in the data. */
export async function gamesOf(reader: Database, sport: string, day: string | undefined): Promise<GameDay> {
  const rows = await reader.query<Row>(text, [sport, day ?? null])
  const [row] = rows
  if (!row) throw new Error('the query of games always answers a row')
  const { first, last, previous, next } = row
  return { day: row.day, first, last, previous, next, games: rows.filter(isGame) }
}

function isGame(row: Row): row is Row & Game {
  return row.id !== null
}
