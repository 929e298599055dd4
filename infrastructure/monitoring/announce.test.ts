import { expect, it } from 'vitest'
import { testMessage } from './announce.ts'

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 31, 12, 0, second))

it('asks for another message each time: of one that has not ended to it, Alertmanager sends nothing', () => {
  const [first, again] = [0, 3].map((second) => testMessage('production', at(second), at(59)).labels)
  expect(again).not.toEqual(first)
})

it('ends the message that it asked for, and goes the way of every alarm of the instance', () => {
  const [begun, over] = [59, 1].map((second) => testMessage('production', at(0), at(second)).labels)
  expect(over).toEqual(begun)
  expect(over).toMatchObject({ alertname: 'test', edge: 'production' })
})
