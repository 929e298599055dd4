import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type ImportedGame, joinNfl, readEloGames, readFixtures, readForecasts } from './import.ts'
import { readGames, sources } from './seed-games.ts'

const forecasts = `season,date,team1,team2,prob1,prob1_outcome,prob2,prob2_outcome
2020,2021-02-07,Buccaneers,Chiefs,0.4662,1,0.5338,0
2015,2015-09-10,Patriots,Steelers,0.7223,1,0.2777,0
`
const elo = `date,season,neutral,playoff,team1,team2,elo1,elo2,elo_prob1,score1,score2,result1
1920-09-26,1920,0,0,RII,STP,1503.9,1300.0,0.8246,48,0,1
2015-09-10,2015,0,0,NE,PIT,1663.8,1562.7,0.7,28,21,1
2021-02-07,2020,1,1,TB,KC,1680.0,1700.0,0.44,31,9,1
`

let all: readonly ImportedGame[] = []
beforeAll(async () => {
  const data = join(import.meta.dirname, '../data')
  all = readGames(await Promise.all(sources.map((name) => readFile(join(data, name), 'utf8'))))
})

test('reads a forecast as it was published, the oldest first', () => {
  expect(readForecasts(forecasts)[0]).toMatchObject({
    day: '2015-09-10',
    home: 'Patriots',
    away: 'Steelers',
    homeProbability: 0.7223,
    awayProbability: 0.2777,
    outcome: 'home',
    basis: 'published',
  })
})

test('joins the two NFL files: the forecast of one, the score of the other', () => {
  const joined = joinNfl(readEloGames(elo), readForecasts(forecasts))
  expect(joined).toHaveLength(3)
  expect(joined[2]).toMatchObject({ home: 'Buccaneers', homeProbability: 0.4662, homeScore: 31, stage: 'Playoff' })
})

test('says of a probability that it was computed afterwards', () => {
  expect(joinNfl(readEloGames(elo), readForecasts(forecasts))[0]).toMatchObject({ home: 'RII', basis: 'elo' })
})

test('refuses to import when a game of both files has no partner', () => {
  expect(() => joinNfl(readEloGames(elo.replace('TB,KC', 'TB,BUF')), readForecasts(forecasts))).toThrow(
    '2021-02-07 Buccaneers Bills',
  )
})

test('invents neither a score nor a probability for a fixture', () => {
  const json = JSON.stringify({
    matches: [{ round: 'Matchday 38', date: '2026-05-24', time: '16:00', team1: 'A', team2: 'B', score: {} }],
  })
  expect(readFixtures(json)[0]).toMatchObject({ status: 'scheduled', homeScore: null, homeProbability: null })
})

test.each([
  ['a probability above 1', forecasts.replace('0.7223', '1.7'), 'prob1 is not a probability'],
  ['a day that is none', forecasts.replace('2015-09-10', '10/9/2015'), 'date is not a day'],
  ['a missing team', forecasts.replace('Patriots', ''), 'no team1'],
])('refuses %s', (_name, csv, message) => {
  expect(() => readForecasts(csv)).toThrow(message)
})

test('reads every row of the files that ship', () => {
  const counts = Object.groupBy(all, ({ sport }) => sport)
  expect(Object.fromEntries(Object.entries(counts).map(([sport, games]) => [sport, games?.length]))).toEqual({
    nba: 8886,
    nfl: 17_095,
    mlb: 15_748,
    nhl: 1401,
    'premier-league': 380,
  })
})

test('gives no two games the same id', () => {
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
})

test('has probabilities that make 1 together', () => {
  const sums = all.filter(({ homeProbability }) => homeProbability !== null)
  const wrong = sums.filter((game) => Math.abs((game.homeProbability ?? 0) + (game.awayProbability ?? 0) - 1) > 1e-9)
  expect(wrong).toEqual([])
})
