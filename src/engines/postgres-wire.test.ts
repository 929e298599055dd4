import { createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { listen } from '../../test/listen.ts'
import { signIn } from './postgres-wire.ts'

/** Signs in to a server that does so with whoever comes. */
async function signInTo(greet: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => socket.once('data', () => greet(socket)))
  onTestFinished(() => void server.close())
  const port = await listen(server)
  await signIn({ host: '127.0.0.1', port, database: 'app', user: 'edge', password: 'not a secret' })
}

it.each([
  ['speaks no TLS', (socket: Socket) => void socket.write('N'), '127.0.0.1 speaks no TLS'],
  ['says more before it is encrypted', (socket: Socket) => void socket.write('SE'), '127.0.0.1 speaks no TLS'],
  ['closes without a word', (socket: Socket) => void socket.end(), '127.0.0.1 ended the connection'],
])('hands no password to a server that %s', async (_, greet, says) => {
  await expect(signInTo(greet)).rejects.toThrow(says)
})
