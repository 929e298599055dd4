import { describe, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { allowLowPorts, commandForRoot, withLowPorts } from './low-ports.ts'

const { world } = testWorld()
const alice = { name: 'alice', uid: 1000, gid: 1000 }
const machine = { memoryBytes: 8 * 1024 ** 3, cores: 2, lowestOpenPort: 1024 }
const at = (https: number, http: number) => ({ name: 'not-there', machine, ports: { https, http } })

describe('ports that are root’s', () => {
  it('change nothing about a site at other ports', async () => {
    const serving = at(8443, 8080)
    expect(withLowPorts(serving, ['nginx', '-t'])).toEqual(['nginx', '-t'])
    expect(await allowLowPorts(serving, alice, { ...world, uid: 1000 })).toBeUndefined()
  })

  it.each([
    [443, 8080],
    [8443, 80],
  ])('are handed on to nginx at %i and %i, and to nothing else', (https, http) => {
    const serving = at(https, http)
    const command = withLowPorts(serving, ['nginx', '-t'])
    expect(command[0]).toBe('/usr/local/lib/edge/not-there/with-low-ports')
    expect(command.filter((word) => word.includes('+'))).toEqual(['+net_bind_service', '+net_bind_service'])
    expect(command.slice(-2)).toEqual(['nginx', '-t'])
  })

  it('say to others than root what root has to run once', async () => {
    const serving = at(443, 80)
    await expect(allowLowPorts(serving, alice, { ...world, uid: 1000 })).rejects.toMatchObject({
      exitCode: 2,
      hints: expect.arrayContaining([commandForRoot('not-there', alice.gid)]),
    })
  })
})
