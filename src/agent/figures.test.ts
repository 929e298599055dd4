import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { machineFigures } from './figures.ts'

it('says of the disk what somebody has named, whatever the machine has', async () => {
  const figures = await machineFigures({ members: {}, disk: tmpdir(), device: 'named0n1', services: tmpdir() })
  expect(figures).toContain('edge_disk{device="named0n1"} 1\n')
})
