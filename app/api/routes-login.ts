import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Overloaded } from './bounded.ts'
import { loginLimits } from './limits.ts'
import { verifyForNobody, verifyPassword } from './passwords.ts'
import { Problem } from './problem.ts'
import { clearSession, newToken, sessionSeconds, setSession, tokenHashOf } from './sessions.ts'
import type { State } from './state.ts'

const credentials = {
  type: 'object',
  properties: {
    account: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9.@_-]{0,63}$' },
    // Bounded, as all of it is hashed.
    password: { type: 'string', minLength: 1, maxLength: 256 },
  },
  required: ['account', 'password'],
  additionalProperties: false,
} as const

export function loginRoutes(
  server: FastifyInstance,
  state: State,
  addressOf: (request: FastifyRequest) => string,
): void {
  server.post<{ Body: { account: string; password: string } }>(
    '/api/login',
    { schema: { body: credentials } },
    async (request, reply) => {
      const account = request.body.account.toLowerCase()
      await checkLogin(state, account, request.body.password, addressOf(request))
      const { token, tokenHash } = newToken()
      await state.startSession({ tokenHash, account, seconds: sessionSeconds })
      setSession(reply, token)
      return { account }
    },
  )

  server.post('/api/logout', async (request, reply) => {
    const tokenHash = tokenHashOf(request)
    if (tokenHash) await state.endSession(tokenHash)
    clearSession(reply)
    return reply.code(204).send()
  })
}

/** Throws Problem 401, 429 or 503; who comes through knows the account's password. */
async function checkLogin(state: State, id: string, password: string, address: string): Promise<void> {
  const account = await state.findAccount(id)
  const limits = loginLimits(account?.limits ?? 'normal', address)
  if (limits !== 'none') {
    const wait = await state.admitLogin({ id: randomUUID(), account: id, address }, limits)
    if (wait > 0)
      throw new Problem(429, 'too_many_attempts', `Too many attempts to log in. Try again in ${inWords(wait)}.`, wait)
  }
  const right = await (account ? verifyPassword(account.passwordHash, password) : verifyForNobody(password)).catch(
    (error: unknown) => {
      if (error instanceof Overloaded)
        throw new Problem(503, 'busy', 'Too many people are logging in at this moment. Try again in a second.', 1)
      throw error
    },
  )
  if (!right) throw new Problem(401, 'wrong_credentials', 'The account or the password is wrong.')
}

function inWords(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}
