import { expect, it } from 'vitest'
import { testWorld } from '../test/world.ts'

it('finds the programs of the system on the PATH of an ordinary user, and those of the user first', async () => {
  const { world } = testWorld({ env: { PATH: '/home/alice/bin:/usr/bin:/bin' } })
  const { stdout } = await world.run(['sh', '-c', 'echo "$PATH"'])
  expect(stdout.trim()).toBe('/home/alice/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin')
})
