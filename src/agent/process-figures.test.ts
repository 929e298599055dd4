import { createServer, type RequestListener } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { listen } from '../../test/listen.ts'
import { processFigures } from './process-figures.ts'

/** A process of the API that answers so. */
async function processOf(name: string, listener: RequestListener) {
  const server = createServer(listener)
  onTestFinished(() => server.close().closeAllConnections())
  return { name, url: `http://127.0.0.1:${await listen(server)}/api/health` }
}

it('says of each process whether it answers: one that takes the question and says nothing hangs', async () => {
  const well = await processOf('api1', (_, response) => response.end('well'))
  const hanging = await processOf('api2', () => undefined)
  const unwell = await processOf('api3', (_, response) => response.writeHead(503).end())
  const gone = { name: 'api4', url: 'http://127.0.0.1:1/' }
  const figures = (await processFigures([well, hanging, unwell, gone], 200)).split('\n')
  expect(figures.slice(2, -1)).toEqual([
    'edge_process_answers{process="api1"} 1',
    'edge_process_answers{process="api2"} 0',
    'edge_process_answers{process="api3"} 0',
    'edge_process_answers{process="api4"} 0',
  ])
})

it('says nothing of a site without an API', async () => {
  expect(await processFigures([])).toBe('')
})
