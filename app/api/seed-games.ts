import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { type ImportedGame, joinNfl, place, readEloGames, readFixtures, readForecasts } from './import.ts'
import { type Sport, sports } from './sports.ts'

const data = join(import.meta.dirname, '../data')
export const sources = [
  'nba_games.csv',
  'nfl_elo_games.csv',
  'nfl_games.csv',
  'mlb_games.csv',
  'nhl_games.csv',
  'premier_league_2025-26.json',
]
const programs = ['import.ts', 'seed-games.ts', 'sports.ts']

/** Brings the games of the data folder into the database, unless these very files are in it already. Answers how many. */
export async function seedGames(client: Client): Promise<{ readonly games: number; readonly changed: boolean }> {
  const paths = [...sources.map((name) => join(data, name)), ...programs.map((name) => join(import.meta.dirname, name))]
  const contents = await Promise.all(paths.map((path) => readFile(path, 'utf8')))
  const fingerprint = createHash('sha256').update(contents.join('\0')).digest('hex')
  const { rows } = await client.query<{ fingerprint: string }>('select fingerprint from sports.imported')
  if (rows[0]?.fingerprint !== fingerprint) {
    await replaceGames(client, readGames(contents), fingerprint)
    return { games: await count(client), changed: true }
  }
  return { games: await count(client), changed: false }
}

async function count(client: Client): Promise<number> {
  const { rows } = await client.query<{ games: number }>('select count(*)::int as games from sports.games')
  return rows[0]?.games ?? 0
}

/** All games of all sports from the contents of the files, in the order of `sources`. */
export function readGames([
  nba = '',
  elo = '',
  nfl = '',
  mlb = '',
  nhl = '',
  premier = '',
]: readonly string[]): readonly ImportedGame[] {
  return [
    ...place('nba', readForecasts(nba)),
    ...place('nfl', joinNfl(readEloGames(elo), readForecasts(nfl))),
    ...place('mlb', readForecasts(mlb)),
    ...place('nhl', readForecasts(nhl)),
    ...place('premier-league', readFixtures(premier)),
  ]
}

/** All or nothing: readers see the old games until the new ones are all there (TRUNCATE would make them wait). */
async function replaceGames(client: Client, games: readonly ImportedGame[], fingerprint: string): Promise<void> {
  await client.query('begin')
  try {
    await client.query('delete from sports.games')
    await client.query('delete from sports.sports')
    for (const [position, sport] of sports.entries()) await insertSport(client, sport, position, games)
    for (let from = 0; from < games.length; from += 5000) await insertGames(client, games.slice(from, from + 5000))
    await client.query(
      `insert into sports.imported (fingerprint) values ($1)
         on conflict (the_one) do update set fingerprint = excluded.fingerprint, at = now()`,
      [fingerprint],
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
  await client.query('analyze sports.games')
}

async function insertSport(
  client: Client,
  sport: Sport,
  position: number,
  games: readonly ImportedGame[],
): Promise<void> {
  const own = games.filter((game) => game.sport === sport.id)
  const days = own.map(({ day }) => day).toSorted()
  const hasPredictions = own.some(({ homeProbability }) => homeProbability !== null)
  await client.query('insert into sports.sports values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)', [
    sport.id,
    position,
    sport.name,
    sport.league,
    own.length,
    days[0] ?? null,
    days.at(-1) ?? null,
    hasPredictions,
    sport.notice ?? null,
    sport.attribution ?? null,
    sport.licence ?? null,
  ])
}

const columns: readonly (readonly [name: string, type: string, of: (game: ImportedGame) => unknown])[] = [
  ['id', 'text', (game) => game.id],
  ['sport', 'text', (game) => game.sport],
  ['day', 'date', (game) => game.day],
  ['position', 'smallint', (game) => game.position],
  ['season', 'smallint', (game) => game.season],
  ['stage', 'text', (game) => game.stage],
  ['starts_at', 'text', (game) => game.startsAt],
  ['status', 'text', (game) => game.status],
  ['home', 'text', (game) => game.home],
  ['away', 'text', (game) => game.away],
  ['home_score', 'smallint', (game) => game.homeScore],
  ['away_score', 'smallint', (game) => game.awayScore],
  ['outcome', 'text', (game) => game.outcome],
  ['home_probability', 'double precision', (game) => game.homeProbability],
  ['away_probability', 'double precision', (game) => game.awayProbability],
  ['basis', 'text', (game) => game.basis],
  ['previous_day', 'date', (game) => game.previousDay],
  ['next_day', 'date', (game) => game.nextDay],
]

/** One array for each column: a statement has at most 65,535 parameters, which rows of values would pass. */
async function insertGames(client: Client, games: readonly ImportedGame[]): Promise<void> {
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`)
  await client.query(
    `insert into sports.games (${columns.map(([name]) => name).join(', ')}) select * from unnest(${arrays.join(', ')})`,
    columns.map(([, , of]) => games.map(of)),
  )
}
