/**
 * What the routes answer, for Fastify: it writes JSON by a program made from these, which is faster than walking the
 * values, and a field that does not stand here cannot leave by mistake.
 */
const text = { type: 'string' } as const
const textOrNull = { type: ['string', 'null'] } as const
const numberOrNull = { type: ['number', 'null'] } as const
const integerOrNull = { type: ['integer', 'null'] } as const
const flag = { type: 'boolean' } as const

const head = {
  sport: { type: 'object', properties: { id: text, name: text, league: text } },
  day: textOrNull,
  days: { type: 'object', properties: { first: textOrNull, last: textOrNull, previous: textOrNull, next: textOrNull } },
  isLastDay: flag,
  published: flag,
  basis: textOrNull,
  notice: textOrNull,
} as const

const game = {
  id: text,
  season: { type: 'integer' },
  stage: textOrNull,
  startsAt: textOrNull,
  status: text,
  home: text,
  away: text,
  homeScore: integerOrNull,
  awayScore: integerOrNull,
  outcome: textOrNull,
} as const

const listOf = <Properties>(properties: Properties) =>
  ({ type: 'array', items: { type: 'object', properties } }) as const

export const sportsReply = {
  type: 'object',
  properties: {
    sports: listOf({
      id: text,
      name: text,
      league: text,
      games: { type: 'integer' },
      firstDay: textOrNull,
      lastDay: textOrNull,
      predictions: flag,
      notice: textOrNull,
      attribution: textOrNull,
      licence: textOrNull,
    }),
  },
} as const

export const gamesReply = { type: 'object', properties: { ...head, games: listOf(game) } } as const

export const oddsReply = {
  type: 'object',
  properties: {
    ...head,
    derived: flag,
    formula: text,
    margin: { type: 'number' },
    odds: listOf({ ...game, homeOdds: numberOrNull, awayOdds: numberOrNull }),
  },
} as const

export const predictionsReply = {
  type: 'object',
  properties: {
    ...head,
    predictions: listOf({ ...game, homeProbability: numberOrNull, awayProbability: numberOrNull }),
  },
} as const

export const preferencesReply = {
  type: 'object',
  properties: {
    account: text,
    preferences: {
      type: 'object',
      properties: { favouriteSports: { type: 'array', items: text }, oddsFormat: text, theme: text },
    },
  },
} as const
