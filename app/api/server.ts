import { randomUUID } from 'node:crypto'
import cookies from '@fastify/cookie'
import fastify, {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Database } from './database.ts'
import { Problem } from './problem.ts'
import { isRefusedValue } from './refused-value.ts'
import { isLostConnection } from './retry.ts'
import { clientAddress } from './client-address.ts'
import { accountRoutes } from './routes-account.ts'
import { metricsRoute } from './metrics.ts'
import { healthRoutes } from './routes-health.ts'
import { loginRoutes } from './routes-login.ts'
import { sportsRoutes } from './routes-sports.ts'
import { isOfThisSite } from './same-site.ts'
import type { State } from './state.ts'
import type { Uploads } from './uploads.ts'

export type Parts = {
  readonly writer: Database
  readonly reader: Database
  readonly state: State
  readonly uploads: Uploads
  readonly publicUrl: string
  /** What nginx shows with each request (PROXY_SECRET). */
  readonly proxySecret: string | undefined
  readonly logLevel: string
  /** Aborted when the process is about to stop. */
  readonly stopping: AbortSignal
}

const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
/** Slower than this is worth a line in the log. */
const slowMs = 1000

/** The API, not listening yet. */
export function buildServer(parts: Parts): FastifyInstance {
  const { writer, reader, state, uploads, publicUrl, proxySecret, logLevel, stopping } = parts
  const server = fastify({
    logger: { level: logLevel },
    // One line of our own for each request instead of two: see onResponse.
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']),
    bodyLimit: 16 * 1024,
    requestTimeout: 30_000,
    // Longer than the proxy keeps its connections (60 s): who closes first must be the one who asks.
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    // What arrives on a kept connection during a stop is still answered; the connection is closed after it.
    return503OnClosing: false,
    // An address that cannot be read is refused before any hook runs, in the framework's own words otherwise.
    frameworkErrors: (error, request, reply) => {
      setHeaders(request, reply)
      answerError(error, request, reply)
    },
    // A wrong type is an error of the client's; Fastify would turn "1" into 1 and drop unknown fields.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  })
  server.register(cookies)
  server.addHook('onRequest', async (request, reply) => {
    setHeaders(request, reply)
    if (changing.has(request.method)) refuseOtherSites(request, publicUrl)
  })
  server.addHook('preParsing', async (request) => {
    if (changing.has(request.method)) refuseForms(request)
  })
  server.addHook('onSend', async (_request, reply) => {
    // Or the connection is kept after the answer, and the stop waits for whoever holds it.
    if (stopping.aborted) reply.header('connection', 'close')
  })
  server.addHook('onResponse', async (request, reply) => {
    const ms = Math.round(reply.elapsedTime * 10) / 10
    // Without the query: what is typed into addresses does not belong into logs.
    const line = {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms,
    }
    const matters = reply.statusCode >= 500 || ms > slowMs
    request.log[matters ? 'warn' : 'debug'](line, 'request')
  })
  metricsRoute(server, { writer, reader })
  server.setNotFoundHandler((request) => {
    throw new Problem(404, 'not_found', `There is nothing at ${request.method} ${request.url.split('?', 1)[0] ?? ''}.`)
  })
  server.setErrorHandler(answerError)
  // In a scope that loads after the cookies' hooks, so that these run before the routes' own.
  server.register(async (scope) => {
    healthRoutes(scope, writer, reader, uploads)
    sportsRoutes(scope, reader)
    loginRoutes(scope, state, (request) => clientAddress(request, proxySecret))
    accountRoutes(scope, state, uploads)
  })
  return server
}

function setHeaders({ id }: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', id).header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
}

/** The client's own, where it is one that can go into headers and logs as it is. */
function requestIdOf(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && /^[\w.:-]{1,128}$/.test(sent) ? sent : randomUUID()
}

function refuseOtherSites(request: FastifyRequest, publicUrl: string): void {
  const { origin, host, 'sec-fetch-site': fetchSite } = request.headers
  const sender = { origin, host, fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined }
  if (!isOfThisSite(sender, publicUrl))
    throw new Problem(403, 'other_site', `Requests from other sites are refused. This one is ${publicUrl}.`)
}

/** The kinds of body that a form of any other site can send without being asked about it are not taken. */
function refuseForms(request: FastifyRequest): void {
  const type = request.headers['content-type']
  if (type === undefined || !/^(application\/json|image\/(png|jpeg|webp))\s*(;|$)/i.test(type))
    throw new Problem(415, 'unsupported_type', `The body must be application/json (got ${type ?? 'no content type'}).`)
}

const codes: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'timeout',
  413: 'too_large',
  414: 'too_long',
  415: 'unsupported_type',
}

function answerError(error: FastifyError | Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error)
  if (problem.status >= 500) request.log.error({ err: error }, problem.code)
  // A schema let it through that should have refused it: the client is answered right, and the schema is to be mended.
  else if (isRefusedValue(error)) request.log.warn({ err: error }, 'refused by the database')
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter)
  return reply.code(problem.status).send({ error: { code: problem.code, message: problem.message } })
}

function problemOf(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error
  if (isLostConnection(error))
    return new Problem(
      503,
      'database_unavailable',
      'The database cannot be reached at the moment. Try again in a few seconds.',
      5,
    )
  if (isRefusedValue(error))
    return new Problem(400, 'invalid_request', 'A value of the request is none that can be stored or looked for.')
  const status = error.statusCode ?? 500
  if (status >= 500)
    return new Problem(
      500,
      'internal',
      'Something went wrong on our side. Try again; if it stays, tell us the request id.',
    )
  return new Problem(status, codes[status] ?? 'refused', error.message)
}
