import { parse } from 'csv-parse/sync'
import type { Game, Outcome } from './games.ts'

/** A game with its place in the data, ready to be stored. */
export type ImportedGame = Game & {
  readonly sport: string
  readonly day: string
  readonly position: number
  /** The days before and after that have games. */
  readonly previousDay: string | null
  readonly nextDay: string | null
}

/** As a file tells it: without the place among the games of its day. */
type ReadGame = Omit<Game, 'id'> & { readonly day: string }

const nothingMore = { stage: null, startsAt: null, homeScore: null, awayScore: null } as const

/** A file of "checking our work": pre-game probabilities, newest first; the first team is the one at home. */
export function readForecasts(csv: string): readonly ReadGame[] {
  return rowsOf(csv)
    .map((row) => ({
      ...nothingMore,
      season: numberIn(row, 'season'),
      day: dayIn(row, 'date'),
      status: 'played' as const,
      home: textIn(row, 'team1'),
      away: textIn(row, 'team2'),
      outcome: outcomeOf(numberIn(row, 'prob1_outcome')),
      homeProbability: probabilityIn(row, 'prob1'),
      awayProbability: probabilityIn(row, 'prob2'),
      basis: 'published' as const,
    }))
    .toReversed()
}

/**
 * The file of NFL Elo ratings: scores since 1920, and a probability for the first team (a draw counts half), computed
 * by the source afterwards from the games before.
 */
export function readEloGames(csv: string): readonly ReadGame[] {
  return rowsOf(csv).map((row) => {
    const homeProbability = probabilityIn(row, 'elo_prob1')
    return {
      season: numberIn(row, 'season'),
      day: dayIn(row, 'date'),
      stage: row['playoff'] === '1' ? 'Playoff' : null,
      startsAt: null,
      status: 'played' as const,
      home: textIn(row, 'team1'),
      away: textIn(row, 'team2'),
      homeScore: numberIn(row, 'score1'),
      awayScore: numberIn(row, 'score2'),
      outcome: outcomeOf(numberIn(row, 'result1')),
      homeProbability,
      awayProbability: 1 - homeProbability,
      basis: 'elo' as const,
    }
  })
}

type Match = {
  readonly round: string
  readonly date: string
  readonly time?: string
  readonly team1: string
  readonly team2: string
  readonly status?: string
  readonly score: { readonly ft?: readonly [number, number] }
}

/** A season of football.json; nothing in it is a forecast. */
export function readFixtures(json: string): readonly ReadGame[] {
  // The cast: the file is our own copy, its checksum is part of what was imported, and a test reads all of it.
  const { matches } = JSON.parse(json) as { readonly matches: readonly Match[] }
  return matches.map((match) => {
    const score = match.score.ft
    return {
      season: 2025,
      day: match.date,
      stage: match.round,
      startsAt: match.time ?? null,
      status: score
        ? ('played' as const)
        : match.status === 'postponed'
          ? ('postponed' as const)
          : ('scheduled' as const),
      home: match.team1,
      away: match.team2,
      homeScore: score?.[0] ?? null,
      awayScore: score?.[1] ?? null,
      outcome: score ? outcomeOf(score[0] === score[1] ? 0.5 : score[0] > score[1] ? 1 : 0) : null,
      homeProbability: null,
      awayProbability: null,
      basis: null,
    }
  })
}

/** What the Elo file calls the teams that the forecasts know by name, in the seasons that both have. */
const nflNames: Readonly<Record<string, string>> = {
  ARI: 'Cardinals',
  ATL: 'Falcons',
  BAL: 'Ravens',
  BUF: 'Bills',
  CAR: 'Panthers',
  CHI: 'Bears',
  CIN: 'Bengals',
  CLE: 'Browns',
  DAL: 'Cowboys',
  DEN: 'Broncos',
  DET: 'Lions',
  GB: 'Packers',
  HOU: 'Texans',
  IND: 'Colts',
  JAX: 'Jaguars',
  KC: 'Chiefs',
  LAC: 'Chargers',
  LAR: 'Rams',
  MIA: 'Dolphins',
  MIN: 'Vikings',
  NE: 'Patriots',
  NO: 'Saints',
  NYG: 'Giants',
  NYJ: 'Jets',
  OAK: 'Raiders',
  PHI: 'Eagles',
  PIT: 'Steelers',
  SEA: 'Seahawks',
  SF: '49ers',
  TB: 'Buccaneers',
  TEN: 'Titans',
  WSH: 'Redskins',
}

const keyOf = (day: string, home: string, away: string): string => `${day} ${home} ${away}`

/**
 * One list from the two NFL files: before the forecasts begin, the Elo file as it is; from then on the forecasts, with
 * the scores of the Elo file. Throws when a game of the overlap has no partner: it would be shown twice or not at all.
 */
export function joinNfl(elo: readonly ReadGame[], forecasts: readonly ReadGame[]): readonly ReadGame[] {
  const begin = forecasts.map(({ day }) => day).toSorted()[0]
  if (begin === undefined) return elo
  const scored = new Map(
    elo
      .filter(({ day }) => day >= begin)
      .map((game) => [keyOf(game.day, nflNames[game.home] ?? game.home, nflNames[game.away] ?? game.away), game]),
  )
  const joined = forecasts.map((game) => {
    const key = keyOf(game.day, game.home, game.away)
    const found = scored.get(key)
    scored.delete(key)
    return found ? { ...game, stage: found.stage, homeScore: found.homeScore, awayScore: found.awayScore } : game
  })
  const [alone] = scored.keys()
  if (alone !== undefined) throw new Error(`${scored.size} NFL games have a score and no forecast, the first: ${alone}`)
  return [...elo.filter(({ day }) => day < begin), ...joined]
}

/** Gives each game its place: among those of its day, in the order of the list, and its day's among the days. */
export function place(sport: string, games: readonly ReadGame[]): readonly ImportedGame[] {
  const days = [...new Set(games.map(({ day }) => day))].toSorted()
  const indexOf = new Map(days.map((day, index) => [day, index]))
  const counts = new Map<string, number>()
  return games.map((game) => {
    const position = counts.get(game.day) ?? 0
    counts.set(game.day, position + 1)
    const index = indexOf.get(game.day) ?? 0
    return {
      ...game,
      id: `${sport}-${game.day}-${position}`,
      sport,
      position,
      previousDay: days[index - 1] ?? null,
      nextDay: days[index + 1] ?? null,
    }
  })
}

type CsvRow = Readonly<Record<string, string>>

function rowsOf(csv: string): readonly CsvRow[] {
  // The type of csv-parse's records depends on its options in a way that TypeScript cannot follow.
  return parse(csv, { columns: true, skip_empty_lines: true }) as CsvRow[]
}

function textIn(row: CsvRow, column: string): string {
  const value = row[column]
  if (value === undefined || value === '') throw new Error(`no ${column} in ${JSON.stringify(row)}`)
  return value
}

function numberIn(row: CsvRow, column: string): number {
  const number = Number(textIn(row, column))
  if (!Number.isFinite(number)) throw new Error(`${column} is not a number in ${JSON.stringify(row)}`)
  return number
}

function probabilityIn(row: CsvRow, column: string): number {
  const number = numberIn(row, column)
  if (number < 0 || number > 1) throw new Error(`${column} is not a probability in ${JSON.stringify(row)}`)
  return number
}

function dayIn(row: CsvRow, column: string): string {
  const day = textIn(row, column)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error(`${column} is not a day in ${JSON.stringify(row)}`)
  return day
}

function outcomeOf(ofHome: number): Outcome {
  if (ofHome === 0.5) return 'draw'
  return ofHome === 1 ? 'home' : 'away'
}
