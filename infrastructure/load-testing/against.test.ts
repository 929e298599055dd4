import { describe, expect, it } from 'vitest'
import { agreed } from '../../src/cli/ask.ts'
import { testWorld } from '../../test/world.ts'
import { allowed } from './against.ts'

const staging = 'https://staging.example.com'
const ask = (
  url: string,
  options: Record<string, unknown>,
  { known = [], password }: { known?: { site: string; requestsPerSecond: number }[]; password?: string } = {},
) => {
  const { world } = testWorld({ env: password === undefined ? {} : { EDGE_TEST_PASSWORD: password } })
  return allowed(
    new URL(url),
    { password: 'own', place: { site: 'https://localhost' }, settings: { against: known } },
    options,
    world,
    { agreed },
  )
}

describe('another site', () => {
  it('on this machine is loaded without a bound, and with the password of the instance', async () => {
    for (const host of ['localhost:8443', '127.0.0.1:1', '[::1]:1']) {
      expect(await ask(`https://${host}`, {})).toEqual({
        site: `https://${host}`,
        isLoopback: true,
        password: 'own',
      })
    }
  })

  it('elsewhere is not loaded where nobody can be asked', async () => {
    await expect(ask(staging, {}, { password: 'theirs' })).rejects.toThrow('there is no terminal to ask on')
  })

  it('elsewhere is not loaded by a yes alone', async () => {
    await expect(ask(staging, { yes: true }, { password: 'theirs' })).rejects.toThrow('not among loadTesting.against')
  })

  it('elsewhere is loaded as much as its entry in the configuration says', async () => {
    const known = [{ site: `${staging}/`, requestsPerSecond: 7 }]
    expect(await ask(staging, { yes: true }, { known, password: 'theirs' })).toEqual({
      site: staging,
      isLoopback: false,
      requestsPerSecond: 7,
      password: 'theirs',
    })
  })

  it('elsewhere does not get the password of this instance', async () => {
    const known = [{ site: staging, requestsPerSecond: 7 }]
    await expect(ask(staging, { yes: true }, { known })).rejects.toThrow(
      'the password of its test accounts is not known',
    )
  })
})
