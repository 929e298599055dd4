import { createServer } from 'node:net'

/** The kernel gives ports above this to clients; one of ours there could be taken by a connection that goes out. */
const [lowest, highest] = [12_000, 32_000]

/** The first of `count` neighbouring ports that are free on loopback, and the others after it. */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = lowest + Math.floor(Math.random() * (highest - lowest - count))
    const block = Array.from({ length: count }, (_, index) => first + index)
    const free = await Promise.all(block.map(isFree))
    if (free.every(Boolean)) return block
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
