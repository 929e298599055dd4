import { expect, it } from 'vitest'
import { capacityOf } from './capacity.ts'
import { quietSecond } from './proofs/test-result.ts'

/** Users climb to a thousand in 500 s; each asks 0.4 times a second, and so much is answered at most. */
const climb = (answersAtMost: number) =>
  Array.from({ length: 500 }, (_, at) => {
    const users = 2 * (at + 1)
    const asked = 0.4 * users
    const isOver = asked > answersAtMost
    return {
      ...quietSecond,
      seconds: at,
      users,
      requestsPerSecond: Math.min(asked, answersAtMost),
      p95: isOver ? 900 : 20,
    }
  })

it('finds the knee where more users get no more answers', () => {
  const { knee, says } = capacityOf(climb(200))
  expect(knee).toBe(500)
  expect(says).toMatch(
    /^Knee at about 500 users: 200 requests a second are all that is answered, with 9\d\d users, too\.$/,
  )
})

it('claims none where no level lies past it', () => {
  const { knee, says, levels } = capacityOf(climb(1000))
  expect(knee).toBeUndefined()
  expect(says).toMatch(/^Knee not reached: up to 9\d\d users/)
  expect(levels).toHaveLength(10)
})

it('claims none just past the knee, where the levels do not tell', () => {
  expect(capacityOf(climb(360)).knee).toBeUndefined()
})

it('claims none where users who have just come ask more than those who think', () => {
  // As the scenario `load` was measured: the first ask once more in a second than all later ones do.
  const begun = climb(1000).map((second) => ({ ...second, requestsPerSecond: second.requestsPerSecond + 50 }))
  expect(capacityOf(begun).knee).toBeUndefined()
})

it('looks for none in a load of one level', () => {
  expect(capacityOf(Array.from({ length: 60 }, () => quietSecond)).says).toContain('too few levels')
})

it('looks for none where a cap held requests back: it would be found at the cap', () => {
  const { knee, says } = capacityOf(climb(50), 50)
  expect([knee, says]).toEqual([undefined, 'Knee not looked for: no more than 50 requests a second were sent.'])
})
