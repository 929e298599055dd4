import { expect, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { agreed } from './ask.ts'

test('says, where there is no terminal, what it would have asked, and what a script writes instead', async () => {
  const { world } = testWorld()
  const question = { where: 'drill', message: 'clients wait for about 2 s. Go on?', inScripts: 'edge drill --yes' }
  await expect(agreed(world, question)).rejects.toMatchObject({
    exitCode: 2,
    hints: ['the question is: clients wait for about 2 s. Go on?', 'in a script: edge drill --yes'],
  })
})
