#!/usr/bin/env -S node
// Ends at once when it is told to. KEEP_ALIVE: milliseconds after which it closes a connection that is not used.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  request.resume()
  const [, ms] = /\/api\/slow\/(\d+)/.exec(request.url ?? '') ?? []
  setTimeout(() => response.end(`answered by ${process.pid}\n`), Number(ms ?? 0))
})
server.keepAliveTimeout = Number(process.env['KEEP_ALIVE'] ?? 5000)
server.listen(Number(process.env['PORT']), process.env['HOST'])
