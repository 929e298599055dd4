import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { project, TestInstance } from './instance.ts'

/** With it set, the pictures under docs/screens are taken anew; without it the pages are only read. */
const takesPictures = process.env['EDGE_SCREENS'] === 'write'

/** Every page of the site with what a visitor must be able to read there. */
const screens = [
  { name: 'homepage', path: '/', texts: ['What the numbers said before the game.', 'its last day in the data'] },
  { name: 'sports', path: '/sports/nba', texts: ['Thursday, 16 June 2022', 'Celtics', 'Warriors'] },
  { name: 'odds', path: '/odds/nba', texts: ['Derived', 'Celtics'] },
  { name: 'predictions', path: '/predictions/nfl?day=2019-12-29', texts: ['Sunday, 29 December 2019', 'Buccaneers'] },
  { name: 'nothing-published', path: '/predictions/premier-league', texts: ['no open forecast is published'] },
  { name: 'login', path: '/login', texts: ['Account', 'Password'] },
  { name: 'not-here', path: '/nowhere', texts: ['This page is not here.'] },
]

let instance: TestInstance
let browser: Browser
let context: BrowserContext
let page: Page
let site = ''
beforeAll(async () => {
  instance = await TestInstance.make()
  await instance.must('up', '--no-load-test')
  site = (await instance.status()).addresses.site
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  // The browser does not know the instance's own authority; that its chain is right is cdn.certificate's affair.
  context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 860 } })
  page = await context.newPage()
})
afterAll(async () => {
  await browser?.close()
  await instance?.remove()
})

async function read(name: string, texts: readonly string[]): Promise<readonly string[]> {
  for (const text of texts) await page.getByText(text).first().waitFor()
  // A picture of a page that still loads would show its gaps.
  if (takesPictures) await page.waitForLoadState('networkidle')
  if (takesPictures) await page.screenshot({ path: join(project, 'docs', 'screens', `${name}.png`) })
  const visible = await page.locator('body').innerText()
  return texts.filter((text) => !visible.toLowerCase().includes(text.toLowerCase()))
}

describe('the site, through nginx, on real data', () => {
  for (const { name, path, texts } of screens) {
    it(`shows ${name}`, async () => {
      await page.goto(`${site}${path}`)
      expect(await read(name, texts)).toEqual([])
    })
  }

  it('shows the account of whoever logs in, with a picture of their own', async () => {
    await page.goto(`${site}/login`)
    await page.getByLabel('Account').fill('demo')
    await page.getByLabel('Password').fill((await instance.read('secrets/testAccounts')).trim())
    await page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('banner').getByRole('link', { name: 'demo' }).waitFor()
    await page.goto(`${site}/account`)
    expect(await read('account', ['demo', 'Log out'])).toEqual([])
  })
})
