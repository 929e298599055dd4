import { expect, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { main } from './main.ts'
import { allDrills, allGuarantees, allUndrilled } from '../../infrastructure/compose.ts'

test('what the drills measure are guarantees that there are', () => {
  const ids: readonly string[] = allGuarantees.map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining(allDrills.flatMap(({ proves }) => proves)))
})

test('each drill has a name of its own, which can be that of a folder', () => {
  const names = allDrills.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
})

test('the agent runs none that disturbs anybody', () => {
  const disturbing = allDrills.filter(({ harms }) => harms !== undefined)
  expect(disturbing.map(({ name }) => name)).toEqual(expect.arrayContaining(['failover', 'switchover', 'staleness']))
  expect(disturbing.filter(({ every }) => every)).toEqual([])
})

test('the help lists each drill with what it measures', async () => {
  const { world, stdout } = testWorld({ argv: ['drill', '--help'] })
  expect(await main(world)).toBe(0)
  for (const { name, says } of allDrills) expect(stdout().replaceAll(/ +/g, ' ')).toContain(`${name} ${says}`)
  for (const { name, because } of allUndrilled) expect(stdout().replaceAll(/ +/g, ' ')).toContain(`${name} ${because}`)
})

test('says of a drill that it does not know which one may be meant, and which there are', async () => {
  const { world, stderr } = testWorld({ argv: ['drill', 'poll'] })
  expect(await main(world)).toBe(2)
  expect(stderr()).toContain('drill: "poll" is unknown')
  expect(stderr()).toContain('did you mean "pool"?')
  expect(stderr()).toContain('known: all, own, due, pool, backup, read, write, pool-wait, pool-idle')
})

test('says of an alarm that has no drill why', async () => {
  const { world, stderr } = testWorld({ argv: ['drill', 'clock'] })
  expect(await main(world)).toBe(2)
  expect(stderr()).toContain('drill: clock has no drill: the clock is that of the whole machine')
})
