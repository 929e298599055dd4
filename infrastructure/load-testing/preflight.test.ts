import { expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import type { Against } from './against.ts'
import type { LoadTestingEndpoint } from './endpoint.ts'
import { preflight } from './preflight.ts'
import type { ScenarioName } from './scenarios/stages.ts'
import { loadTestingSettings } from './settings.ts'

const settings = loadTestingSettings.parse({})
const { world } = testWorld()
const elsewhere: Against = { site: 'https://elsewhere.example', isLoopback: false, password: 'theirs' }

/** What is said before a run of a site on which one path is answered wrongly; and which paths were asked for. */
async function before(scenario: ScenarioName, problems: Readonly<Record<string, string>>, against?: Against) {
  const asked: string[] = []
  let password: string | undefined
  const endpoint: Pick<LoadTestingEndpoint, 'settings' | 'place' | 'password' | 'visitor'> = {
    settings,
    place: { site: 'https://localhost' },
    password: 'ours',
    visitor: async (_place, places) => {
      password = places['password']
      return {
        ask: async ({ path }) => {
          asked.push(path)
          return problems[path]
        },
        pathOf: ({ path }) => path,
        leave: () => Promise.resolve(),
      }
    },
  }
  const shape = { scale: 1, users: 1 }
  // What else an endpoint has, nobody asks for before a run.
  const said = preflight(
    endpoint as LoadTestingEndpoint,
    scenario,
    { shape, against },
    { ...world, sleep: async () => undefined },
  )
  const refused = await said.then(
    () => undefined,
    (error: unknown) => String(error),
  )
  return { refused, asked, password }
}
const paths = settings.journey.flatMap(({ requests }) => requests.map(({ path }) => path))
const [signIn = ''] = settings.journey.flatMap(({ name, requests }) =>
  name === 'login' ? requests.map(({ path }) => path) : [],
)

it('goes the whole way once before a long run, as the last of the accounts', async () => {
  expect(await before('stress', {})).toEqual({ refused: undefined, asked: paths, password: 'ours' })
})

it('does not begin a long run where the API is dead or refuses the accounts, and says at which step', async () => {
  const { refused, asked } = await before('load', { [signIn]: 'answered 502' })
  expect(refused).toContain(`login: ${signIn} answered 502; a load test would measure that alone`)
  expect(asked.at(-1)).toBe(signIn)
})

it('lets a smoke test of this instance say so itself: its verdict is what is recorded', async () => {
  expect(await before('smoke', { [signIn]: 'answered 502' })).toMatchObject({ refused: undefined, asked: [] })
})

it('looks at another site before any run, with the password of its accounts', async () => {
  const { refused, password } = await before('smoke', { '/': 'does not answer' }, elsewhere)
  expect(refused).toContain('does not answer')
  expect(password).toBe('theirs')
})
