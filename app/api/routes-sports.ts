import type { FastifyInstance, FastifyReply } from 'fastify'
import { askedOnce } from './asked-once.ts'
import type { Database } from './database.ts'
import { type Game, type GameDay, gamesOf } from './games.ts'
import { decimalOdds, formula, margin } from './odds.ts'
import { Problem } from './problem.ts'
import { gamesReply, oddsReply, predictionsReply, sportsReply } from './schemas.ts'
import { findSport, type Sport, sportIds } from './sports.ts'

type ByDay = { Params: { sport: string }; Querystring: { day?: string } }

/** The calendar of PostgreSQL has no year 0, which ISO's has. */
const day = { type: 'string', format: 'date', pattern: '^(?!0000)' } as const
const byDay = {
  params: { type: 'object', properties: { sport: { type: 'string', maxLength: 40 } }, required: ['sport'] },
  querystring: { type: 'object', properties: { day }, additionalProperties: false },
} as const

/** What everyone may read. All of it comes from the reader: it changes with a release, and may be a moment old. */
export function sportsRoutes(server: FastifyInstance, reader: Database): void {
  const sports = askedOnce(() =>
    reader.query(
      `select id, name, league, games, first_day as "firstDay", last_day as "lastDay",
         has_predictions as predictions, notice, attribution, licence from sports.sports order by position`,
    ),
  )
  // What most ask for: the newest day of each sport. Any other day is asked of the database.
  const lastDays = new Map(sportIds.map((id) => [id, askedOnce(() => gamesOf(reader, id, undefined))]))
  const gamesOn = (id: string, of: string | undefined): Promise<GameDay> =>
    (of === undefined ? lastDays.get(id)?.() : undefined) ?? gamesOf(reader, id, of)

  const sendSports = writtenOnce()
  server.get('/api/sports', { schema: { response: { 200: sportsReply } } }, async (_request, reply) => {
    const found = await sports()
    return sendSports(reply, found, () => ({ sports: found }))
  })

  const sendGames = writtenOnce()

  server.get<{ Querystring: { sport: string; day?: string } }>(
    '/api/games',
    {
      schema: {
        querystring: {
          type: 'object',
          properties: { sport: { type: 'string', maxLength: 40 }, day },
          required: ['sport'],
          additionalProperties: false,
        },
        response: { 200: gamesReply },
      },
    },
    async ({ query }, reply) => {
      const sport = sportOr404(query.sport)
      const found = await gamesOn(sport.id, query.day)
      return sendGames(reply, found, () => ({ ...headOf(sport, found), games: found.games }))
    },
  )

  const sendOdds = writtenOnce()
  const oddsSchema = { ...byDay, response: { 200: oddsReply } }
  server.get<ByDay>('/api/odds/:sport', { schema: oddsSchema }, async ({ params, query }, reply) => {
    const sport = sportOr404(params.sport)
    const found = await gamesOn(sport.id, query.day)
    return sendOdds(reply, found, () => {
      const odds = found.games.map(priced)
      return { ...headOf(sport, found), derived: true, formula, margin, odds }
    })
  })

  const sendPredictions = writtenOnce()
  const predictionsSchema = { ...byDay, response: { 200: predictionsReply } }
  server.get<ByDay>('/api/predictions/:sport', { schema: predictionsSchema }, async ({ params, query }, reply) => {
    const sport = sportOr404(params.sport)
    const found = await gamesOn(sport.id, query.day)
    return sendPredictions(reply, found, () => ({ ...headOf(sport, found), predictions: found.games.map(shortened) }))
  })
}

/** Writes an answer once for what was found: all who are given the same while that is kept get the same text. */
function writtenOnce() {
  const texts = new WeakMap<object, ReturnType<FastifyReply['serialize']>>()
  return (reply: FastifyReply, found: object, answer: () => object): FastifyReply => {
    const text = texts.get(found) ?? reply.serialize(answer())
    texts.set(found, text)
    return reply.type('application/json; charset=utf-8').send(text)
  }
}

const priced = (game: Game) => ({
  ...game,
  homeOdds: priceOf(game.homeProbability),
  awayOdds: priceOf(game.awayProbability),
})

/** Four decimals are more than a forecast knows; the stored ones have sixteen. */
const shortened = (game: Game): Game => ({
  ...game,
  homeProbability: rounded(game.homeProbability),
  awayProbability: rounded(game.awayProbability),
})

const rounded = (probability: number | null): number | null =>
  probability === null ? null : Math.round(probability * 10_000) / 10_000

const priceOf = (probability: number | null): number | null =>
  probability === null ? null : (decimalOdds(probability) ?? null)

function sportOr404(id: string): Sport {
  const sport = findSport(id)
  if (sport) return sport
  throw new Problem(404, 'unknown_sport', `There is no sport "${id}"; there are ${sportIds.join(', ')}.`)
}

/** The same at the head of each answer: which day it is, where it lies, and what is missing. */
function headOf({ id, name, league, notice }: Sport, found: GameDay) {
  const { day: shown, first, last, previous, next } = found
  return {
    sport: { id, name, league },
    day: shown,
    days: { first, last, previous, next },
    isLastDay: shown !== null && shown === last,
    published: found.games.some(({ homeProbability }) => homeProbability !== null),
    basis: found.games.find(({ basis }) => basis !== null)?.basis ?? null,
    notice: notice ?? null,
  }
}
