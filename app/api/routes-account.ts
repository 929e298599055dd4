import type { FastifyInstance } from 'fastify'
import { imageTypeOf } from './image-type.ts'
import { Problem } from './problem.ts'
import { preferencesReply } from './schemas.ts'
import { accountOf, accountOr401 } from './sessions.ts'
import { sportIds } from './sports.ts'
import { oddsFormats, type Preferences, type State, themes } from './state.ts'
import type { Uploads } from './uploads.ts'

/** 512 KiB: more than a square of 512 pixels needs, less than what proxies let through by default (1 MB). */
const avatarBytes = 512 * 1024

const preferences = {
  type: 'object',
  properties: {
    favouriteSports: { type: 'array', items: { enum: sportIds }, uniqueItems: true, maxItems: sportIds.length },
    oddsFormat: { enum: oddsFormats },
    theme: { enum: themes },
  },
  required: ['favouriteSports', 'oddsFormat', 'theme'],
  additionalProperties: false,
} as const

/** Who is logged in, and what belongs to that account. */
export function accountRoutes(server: FastifyInstance, state: State, uploads: Uploads): void {
  const reply200 = { response: { 200: preferencesReply } }

  server.get('/api/session', async (request) => {
    const account = (await accountOf(request, state)) ?? null
    return { account, hasAvatar: account !== null && (await uploads.hasAvatar(account)) }
  })

  server.get('/api/preferences', { schema: reply200 }, async (request) => {
    const account = await accountOr401(request, state)
    return { account, preferences: await state.readPreferences(account) }
  })

  server.put<{ Body: Preferences }>(
    '/api/preferences',
    { schema: { body: preferences, ...reply200 } },
    async (request) => {
      const account = await accountOr401(request, state)
      await state.writePreferences(account, request.body)
      return { account, preferences: request.body }
    },
  )

  server.get('/api/avatar', async (request, reply) => {
    const image = await uploads.readAvatar(await accountOr401(request, state))
    const type = image && imageTypeOf(image)
    if (!image || !type) throw new Problem(404, 'no_avatar', 'There is no avatar yet.')
    // Someone else's bytes: even if they were opened as a page of their own, nothing in them may run.
    return reply.type(type).header('content-security-policy', "default-src 'none'; sandbox").send(image)
  })

  // In a scope of its own: only here are images a kind of body, and a large one is allowed.
  server.register(async (scope) => {
    const kinds = ['image/png', 'image/jpeg', 'image/webp']
    scope.addContentTypeParser(kinds, { parseAs: 'buffer', bodyLimit: avatarBytes }, (_request, body, done) =>
      done(null, body),
    )
    // Who is not logged in is refused before the body is read.
    scope.put(
      '/api/avatar',
      { bodyLimit: avatarBytes, onRequest: async (request) => void (await accountOr401(request, state)) },
      async (request, reply) => {
        const account = await accountOr401(request, state)
        const image = request.body
        if (!Buffer.isBuffer(image) || imageTypeOf(image) === undefined)
          throw new Problem(415, 'not_an_image', 'The file is not a PNG, JPEG or WebP image.')
        await uploads.saveAvatar(account, image)
        return reply.code(204).send()
      },
    )
  })
}
