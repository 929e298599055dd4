import { expect, it } from 'vitest'
import { isDefaultJourney, loadTestingSettings, pathsGot } from './settings.ts'

const messageOf = (journey: unknown): string =>
  loadTestingSettings
    .safeParse({ journey })
    .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`)[0] ?? ''

it("makes the document's six steps of an empty configuration", () => {
  const { journey } = loadTestingSettings.parse({})
  expect(journey.map(({ name }) => name)).toEqual([
    'homepage',
    'login',
    'browse-sports',
    'odds',
    'predictions',
    'logout',
  ])
})

it('finds a placeholder that nothing fills', () => {
  expect(messageOf([{ name: 'odds', requests: [{ path: '/api/odds/{team}' }] }])).toBe(
    'journey.0.requests.0.path has {team}, which is not among loadTesting.choices',
  )
})

it('keeps the name under which reports count what pages load', () => {
  expect(messageOf([{ name: 'assets', requests: [{ path: '/' }] }])).toContain('must not be assets')
})

it('says what a visitor gets: each path once, filled, and none that needs an account', () => {
  expect(pathsGot(loadTestingSettings.parse({}))).toEqual([
    '/',
    '/api/sports',
    '/api/games?sport=nba',
    '/api/odds/nba',
    '/api/predictions/nba',
  ])
  const requests = [{ path: '/api/accounts/{account}' }, { path: '/api/logout', method: 'POST' }]
  expect(pathsGot(loadTestingSettings.parse({ journey: [{ name: 'account', requests }] }))).toEqual([])
})

it('knows a journey that nobody wrote from one of an app', () => {
  const own = [{ name: 'homepage', requests: [{ path: '/' }] }]
  expect(
    [{}, { accounts: 5 }, { journey: own }].map((given) => isDefaultJourney(loadTestingSettings.parse(given))),
  ).toEqual([true, true, false])
})
