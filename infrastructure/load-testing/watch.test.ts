import { expect, it } from 'vitest'
import { watch } from './watch.ts'

it('goes on looking while the pool does not answer, and ends', async () => {
  const never = new Promise<never>(() => undefined)
  let [seconds, asked] = [0, 0]
  const pool = () => {
    asked += 1
    return never
  }
  const watching = await watch('/nowhere', () => void (seconds += 1), { engines: new Map(), pool })
  await expect.poll(() => seconds, { timeout: 10_000, interval: 100 }).toBeGreaterThanOrEqual(2)
  const { elapsed } = await watching.end()
  expect(asked).toBe(1)
  expect(elapsed).toBeGreaterThan(1.5)
})
