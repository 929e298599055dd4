import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openSite, type Site } from './test-site.ts'

let site: Site
let browser: Browser
let context: BrowserContext
let page: Page
let complaints: string[]

beforeAll(async () => {
  site = await openSite()
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
})

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

beforeEach(async () => {
  // The local certificate is signed by the instance's own authority, which this browser does not know.
  context = await browser.newContext({ ignoreHTTPSErrors: true })
  page = await context.newPage()
  complaints = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text())
  })
})

afterEach(async () => {
  await context.close()
  if (complaints.length > 0) throw new Error(`the browser complained:\n${complaints.join('\n')}`)
})

const open = (path: string) => page.goto(`${site.url}${path}`)
/** True as soon as it can be seen; throws when that takes too long. */
const shows = (locator: Locator): Promise<true> => locator.waitFor().then(() => true as const)
const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name })
const inNavigation = (name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name })

async function logIn(account: string): Promise<void> {
  await open('/login')
  await page.getByLabel('Account').fill(account)
  await page.getByLabel('Password').fill(site.password)
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('banner').getByRole('link', { name: account }).waitFor()
}

test('goes the whole way: homepage, login, sports, predictions, odds, logout', async () => {
  await open('/')
  await heading('What the numbers said before the game.').waitFor()
  await page.getByText('its last day in the data').waitFor()
  await logIn('user-0001')
  await inNavigation('Sports').click()
  await page.getByRole('link', { name: 'NBA', exact: true }).click()
  await page.getByText('Thursday, 16 June 2022').waitFor()
  await page.getByRole('link', { name: 'Predictions' }).last().click()
  await page.getByRole('img', { name: 'Celtics 74 %, Warriors 26 %' }).waitFor()
  await page.getByRole('navigation', { name: 'What to show' }).getByRole('link', { name: 'Odds' }).click()
  await page.getByText('Derived', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'user-0001' }).click()
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('banner').getByRole('link', { name: 'Log in' }).waitFor()
  expect(await context.cookies()).toEqual([])
})

test('opens a deep link, and the same after a reload', async () => {
  await open('/predictions/nfl?day=2019-12-29')
  await page.getByText('Sunday, 29 December 2019').waitFor()
  await page.reload()
  expect(await shows(page.getByText('Buccaneers'))).toBe(true)
})

test('goes to the day before and back again', async () => {
  await open('/sports/nba')
  await page.getByRole('link', { name: 'Previous day with games: 13 Jun 2022' }).click()
  await page.getByText('Monday, 13 June 2022').waitFor()
  await page.goBack()
  expect(await shows(page.getByText('Thursday, 16 June 2022'))).toBe(true)
})

test('stays logged in after a reload', async () => {
  await logIn('user-0001')
  await page.reload()
  expect(await shows(page.getByRole('banner').getByRole('link', { name: 'user-0001' }))).toBe(true)
})

test('says that a page is not there, inside of the site', async () => {
  await open('/nowhere')
  await heading('This page is not here.').waitFor()
  await page.getByRole('link', { name: 'To the homepage' }).click()
  expect(await shows(heading('What the numbers said before the game.'))).toBe(true)
})

test('says so where nothing is published', async () => {
  await open('/predictions/premier-league')
  await page.getByText('no open forecast is published for this league').waitFor()
  await page.getByRole('navigation', { name: 'Sport' }).getByRole('link', { name: 'UFC' }).click()
  expect(await shows(page.getByText('No open data exists for this sport'))).toBe(true)
})

test('says of the oldest probabilities that they were computed afterwards', async () => {
  await open('/predictions/nfl?day=1920-09-26')
  expect(await shows(page.getByText('which computed them later'))).toBe(true)
})

test('shows what was wrong with a login', async () => {
  await open('/login')
  await page.getByLabel('Account').fill('user-0001')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
  expect(await shows(page.getByRole('alert').getByText('The account or the password is wrong.'))).toBe(true)
})

test('leads back to the account after a login', async () => {
  await open('/account')
  await page.getByRole('main').getByRole('link', { name: 'Log in' }).click()
  await page.getByLabel('Account').fill('user-0001')
  await page.getByLabel('Password').fill(site.password)
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
  expect(await shows(heading('Account'))).toBe(true)
})

test('takes a picture and shows it, also after a reload', async () => {
  await logIn('user-0001')
  await page.getByRole('link', { name: 'user-0001' }).click()
  await page.getByLabel('Choose a picture').setInputFiles(join(import.meta.dirname, 'web/images/icon.png'))
  await page.getByText('Picture saved.').waitFor()
  await page.reload()
  const picture = page.getByRole('main').getByRole('img', { name: 'Avatar of user-0001' })
  expect(await shows(picture)).toBe(true)
  // As a text, for the browser to run: the types of this file know no DOM. Asked again from here: whatever the page
  // itself asks a second time, its own policy (no eval) refuses.
  await expect.poll(() => page.evaluate("document.querySelector('main img.avatar')?.naturalWidth")).toBe(320)
})

test('keeps preferences and shows odds by them', async () => {
  await logIn('user-0002')
  await page.getByRole('link', { name: 'user-0002' }).click()
  await page.getByLabel('American (−110)').check()
  await page.getByRole('button', { name: 'Save preferences' }).click()
  await page.getByText('Preferences saved.').waitFor()
  await open('/odds/nba')
  expect(await shows(page.getByText('+266'))).toBe(true)
})

test('says what to do when the API cannot be reached', async () => {
  await context.route('**/api/games**', (route) => route.abort())
  await open('/sports/nba')
  await page.getByRole('alert').getByText('cannot be reached').waitFor()
  await context.unroute('**/api/games**')
  await page.getByRole('button', { name: 'Try again' }).click()
  expect(await shows(page.getByText('Thursday, 16 June 2022'))).toBe(true)
})

test.each(['/', '/sports', '/sports/mlb', '/odds/nba', '/predictions/nfl', '/login'])(
  'fits a phone: %s',
  async (path) => {
    await page.setViewportSize({ width: 360, height: 740 })
    await open(path)
    await page.waitForLoadState('networkidle')
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
  },
)

test('is usable by the keyboard from the first key', async () => {
  await open('/')
  await page.keyboard.press('Tab')
  await page.getByRole('link', { name: 'Skip to the content' }).waitFor()
  expect(await page.evaluate('document.activeElement.textContent')).toContain('Skip to the content')
})
