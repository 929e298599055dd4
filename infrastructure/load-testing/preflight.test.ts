import { expect, it } from 'vitest'
import { OperatorError } from '../../src/core/errors.ts'
import { testWorld } from '../../test/world.ts'
import type { Against } from './against.ts'
import type { LoadTestingEndpoint } from './endpoint.ts'
import { preflight } from './preflight.ts'
import type { ScenarioName, Shape } from './scenarios/stages.ts'
import { loadTestingSettings } from './settings.ts'

const settings = loadTestingSettings.parse({})
const { world } = testWorld()
const elsewhere: Against = { site: 'https://elsewhere.example', isLoopback: false, password: 'theirs' }

/** What is said before a run of a site on which one path is answered wrongly; and which paths were asked for. */
async function before(
  scenario: ScenarioName,
  problems: Readonly<Record<string, string>>,
  {
    against,
    busy = 0,
    shape = {},
  }: { readonly against?: Against; readonly busy?: number; readonly shape?: Partial<Shape> } = {},
) {
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
  const looks = [
    { all: 1000, idle: 800 },
    { all: 1100, idle: 900 - busy },
  ]
  // What else an endpoint has, nobody asks for before a run.
  const said = preflight(
    endpoint as LoadTestingEndpoint,
    scenario,
    { shape: { scale: 1, users: 1, ...shape }, against },
    { ...world, sleep: async () => undefined },
    async () => looks.shift() ?? { all: 0, idle: 0 },
  )
  const error: unknown = await said.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const refused = error === undefined ? undefined : String(error)
  const hints = error instanceof OperatorError ? error.hints : []
  return { refused, hints, asked, password, warned: await said.catch(() => []) }
}
const paths = settings.journey.flatMap(({ requests }) => requests.map(({ path }) => path))
const [signIn = ''] = settings.journey.flatMap(({ name, requests }) =>
  name === 'login' ? requests.map(({ path }) => path) : [],
)

it('goes the whole way once before a long run, as the last of the accounts', async () => {
  expect(await before('stress', {})).toEqual({
    refused: undefined,
    hints: [],
    asked: paths,
    password: 'ours',
    warned: [],
  })
})

it('does not begin a long run where the API is dead or refuses the accounts, and says at which step', async () => {
  const { refused, asked } = await before('load', { [signIn]: 'answered 502' })
  expect(refused).toContain(`login: ${signIn} answered 502; a load test would measure that alone`)
  expect(asked.at(-1)).toBe(signIn)
})

it('begins nothing for which the machine has no room, and asks the site for nothing then', async () => {
  // More than a machine can have of files and of ports.
  const users = 1_000_000_000
  const { refused, asked } = await before('load', {}, { shape: { users } })
  expect(refused).toMatch(/1000000000 users (need \d+ open files|take \d+ ports)/)
  expect(asked).toEqual([])
  const open = await before('smoke', {}, { shape: { users, open: true } })
  expect(open.refused).toContain('4000000000 in all')
})

it('lets a smoke test of this instance say so itself: its verdict is what is recorded', async () => {
  expect(await before('smoke', { [signIn]: 'answered 502' })).toMatchObject({ refused: undefined, asked: [] })
})

it('looks at another site before any run, with the password of its accounts', async () => {
  const { refused, password } = await before('smoke', { '/': 'does not answer' }, { against: elsewhere })
  expect(refused).toContain('does not answer')
  expect(password).toBe('theirs')
})

it('says what another site may need that the command line has not given', async () => {
  const hintsFor = async (problem: string) => (await before('load', { '/': problem }, { against: elsewhere })).hints
  expect(await hintsFor('does not answer')).toEqual(['is the address right?'])
  expect(await hintsFor('answers 401, not 200')).toContain('is EDGE_TEST_PASSWORD that of its test accounts?')
  expect(await hintsFor('the chain of its certificate does not lead to a trusted authority')).toContain(
    '--ca FILE names the authority that signed its certificate',
  )
})

it('says so where something else keeps the processors busy, and runs all the same', async () => {
  expect((await before('smoke', {}, { busy: 20 })).warned).toEqual([])
  expect(await before('smoke', {}, { busy: 21 })).toMatchObject({
    refused: undefined,
    warned: ['something else runs on this machine: 79 % of the processors are free before it begins'],
  })
})
