import { createHash, randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'
import type { State } from './state.ts'

/** The prefix makes browsers insist on Secure, Path=/ and no Domain: no other host can set it. */
const cookie = '__Host-session'
export const sessionSeconds = 7 * 24 * 60 * 60

const attributes = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const

/** 256 random bits for the browser and what is stored of them. */
export function newToken(): { readonly token: string; readonly tokenHash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, tokenHash: hashOf(token) }
}

export function setSession(reply: FastifyReply, token: string): void {
  reply.setCookie(cookie, token, { ...attributes, maxAge: sessionSeconds })
}

export function clearSession(reply: FastifyReply): void {
  reply.clearCookie(cookie, attributes)
}

/** What is stored of the token that the request brings; undefined without one that could be ours. */
export function tokenHashOf(request: FastifyRequest): Buffer | undefined {
  const token = request.cookies[cookie]
  return token !== undefined && /^[\w-]{43}$/.test(token) ? hashOf(token) : undefined
}

/** The account that is logged in; undefined when nobody is. */
export async function accountOf(request: FastifyRequest, state: State): Promise<string | undefined> {
  const tokenHash = tokenHashOf(request)
  return tokenHash === undefined ? undefined : await state.findSession(tokenHash)
}

/** The account that is logged in. Throws Problem 401. */
export async function accountOr401(request: FastifyRequest, state: State): Promise<string> {
  const account = await accountOf(request, state)
  if (account === undefined)
    throw new Problem(401, 'not_logged_in', 'Log in first: the session is missing or has ended.')
  return account
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()
