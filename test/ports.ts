import { createServer } from 'node:net'

/**
 * The kernel gives ports above these to clients; one of ours there could be taken by a connection that goes out. Each
 * process that runs test files has a part for itself: two that look for free ports at once would find the same ones.
 */
const [lowest, highest] = [12_000, 32_000]
const parts = 8
const firstPart = Number(process.env['EDGE_TEST_FIRST_PART'] ?? 0)
const part = (firstPart + Number(process.env['VITEST_POOL_ID'] ?? 0)) % parts
const size = (highest - lowest) / parts

/** The first of `count` neighbouring ports that are free on loopback, and the others after it. */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = lowest + part * size + Math.floor(Math.random() * (size - count))
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
