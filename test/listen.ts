import { once } from 'node:events'
import type { Server } from 'node:net'

/** Has a server listen on this machine, on a free port unless one is named; answers the port. */
export async function listen(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  // One that listens on a path has a text, and one that listens no more has none.
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}
