import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { nginxSockets } from '../../../src/engines/nginx.ts'
import { TestEdge } from '../proofs/test-edge.ts'
import type { Files } from '../../../test/write-files.ts'
import { listReleases } from './layout.ts'
import { switchTo } from './publish.ts'

/** A single-page app whose every script names its version; each button loads one more chunk, as a route does. */
const version = (number: number): Files => ({
  'index.html': `<!doctype html><title>version ${number}</title><script type="module" src="/assets/app-${number}A1b2C3d.js"></script><main></main>`,
  [`assets/app-${number}A1b2C3d.js`]: `
    for (const part of [1, 2, 3, 4]) {
      const button = document.createElement('button')
      button.textContent = 'part ' + part
      button.onclick = async () => {
        const { text } = await import('./part' + part + '-${number}A1b2C3d.js').catch((error) => ({ text: 'failed: ' + error }))
        document.querySelector('main').textContent = text
      }
      document.body.append(button)
    }`,
  ...Object.fromEntries(
    [1, 2, 3, 4].map((part) => [
      `assets/part${part}-${number}A1b2C3d.js`,
      `export const text = 'part ${part} of version ${number}'`,
    ]),
  ),
})

let edge: TestEdge
let browser: Browser
let tab: Page
beforeAll(async () => {
  edge = await TestEdge.make(version(1), { api: false })
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  tab = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
})
afterAll(async () => {
  await browser?.close()
  await edge?.remove()
})

async function loadPart(part: number): Promise<string> {
  await tab.getByRole('button', { name: `part ${part}` }).click()
  const main = tab.locator('main')
  await expect.poll(() => main.innerText()).toMatch(new RegExp(`part ${part}|failed`))
  return main.innerText()
}

it('a tab that stays open over three deploys and a rollback loads chunks of its own release each time', async () => {
  await tab.goto(edge.endpoint.https)
  const seen: string[] = []
  for (const number of [2, 3, 4]) {
    await edge.publish(version(number))
    seen.push(await loadPart(number - 1))
  }
  const [, , third] = await listReleases(edge.site)
  if (!third) throw new Error('there is no third release')
  const how = { how: 'rollback', by: 'tester', at: () => new Date() } as const
  await switchTo(edge.site, third, how, { endpoint: edge.endpoint, sockets: nginxSockets(edge.instance) })
  seen.push(await loadPart(4))
  expect(seen).toEqual([1, 2, 3, 4].map((part) => `part ${part} of version 1`))
  await tab.reload()
  expect(await tab.title()).toBe('version 3')
})
