import { createServer, type RequestListener } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { listen } from '../../test/listen.ts'
import { eventLoopsOf } from './event-loops.ts'

const closing: (() => void)[] = []
afterEach(() => closing.splice(0).forEach((close) => close()))

async function process(name: string, answer: RequestListener) {
  const server = createServer(answer)
  closing.push(() => server.close().closeAllConnections())
  return { name, port: await listen(server) }
}

it('names what each process says, and one that hangs as late as it was waited for', async () => {
  const says = await process('api1', (_request, response) => response.end('{"lateMs":3.5}'))
  const hangs = await process('api2', () => undefined)
  const knowsNothing = await process('api3', (_request, response) => void response.writeHead(404).end('{"error":{}}'))
  const late = eventLoopsOf([says, hangs, knowsNothing, { name: 'api4', port: 9 }], '/event-loop')
  expect(await late()).toEqual({ api1: 3.5, api2: 1000 })
})
