/** A sport that the site knows, with or without data. */
export type Sport = {
  readonly id: string
  readonly name: string
  readonly league: string
  /** What is missing and why, for the page; undefined where games and probabilities are there. */
  readonly notice?: string
  readonly attribution?: string
  readonly licence?: string
}

const forecasts = {
  attribution: 'Forecast data: FiveThirtyEight (ABC News), github.com/fivethirtyeight/checking-our-work-data',
  licence: 'CC BY 4.0',
} as const

/** In the order in which the pages show them. */
export const sports: readonly Sport[] = [
  { id: 'nba', name: 'Basketball', league: 'NBA', ...forecasts },
  {
    id: 'nfl',
    name: 'American football',
    league: 'NFL',
    attribution: `${forecasts.attribution}; Elo ratings and scores: github.com/fivethirtyeight/nfl-elo-game`,
    licence: 'CC BY 4.0; MIT',
  },
  { id: 'mlb', name: 'Baseball', league: 'MLB', ...forecasts },
  { id: 'nhl', name: 'Ice hockey', league: 'NHL', ...forecasts },
  {
    id: 'premier-league',
    name: 'Football',
    league: 'Premier League',
    notice:
      'Fixtures and results only: no open forecast is published for this league, so no probabilities or odds are shown.',
    attribution: 'Fixtures: openfootball, github.com/openfootball/football.json',
    licence: 'CC0 1.0',
  },
  {
    id: 'ufc',
    name: 'Mixed martial arts',
    league: 'UFC',
    notice: 'No open data exists for this sport, so nothing is shown.',
  },
]

export const sportIds: readonly string[] = sports.map(({ id }) => id)

export function findSport(id: string): Sport | undefined {
  return sports.find((sport) => sport.id === id)
}
