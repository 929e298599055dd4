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

/** One stretch of the index on (sport, day, position); without a day it is the last one. */
const gamesText = `
  select games.id, season, stage, starts_at as "startsAt", status, home, away, home_score as "homeScore",
    away_score as "awayScore", outcome, home_probability as "homeProbability", away_probability as "awayProbability",
    basis, day, first_day as first, last_day as last, previous_day as previous, next_day as next
  from sports.sports join sports.games on games.sport = sports.id
  where sports.id = $1 and games.sport = $1 and games.day = coalesce($2::date, last_day)
  order by games.position`

/** For a day without games, and for a sport without any. */
const daysText = `
  select first_day as first, last_day as last,
    (select max(day) from sports.games where sport = $1 and day < $2::date) as previous,
    (select min(day) from sports.games where sport = $1 and day > $2::date) as next
  from sports.sports where id = $1`

/** The games of a day (an ISO date), or of the last day in the data. */
export async function gamesOf(reader: Database, sport: string, day: string | undefined): Promise<GameDay> {
  const values = [sport, day ?? null]
  const games = await reader.query<Game & Days>(gamesText, values)
  const [game] = games
  if (game) {
    const { first, last, previous, next } = game
    return { day: game.day, first, last, previous, next, games }
  }
  const [days] = await reader.query<Omit<Days, 'day'>>(daysText, values)
  if (!days) throw new Error(`the sport ${sport} is not in the database`)
  // A sport without games has no day, whichever was asked for.
  return { ...days, day: days.last === null ? null : (day ?? days.last), games: [] }
}
