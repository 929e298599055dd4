import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestInstance } from '../../../test/instance.ts'

/** One step, for which six pairs are enough. */
const brief = `loadTesting: {
  thinkTime: { minimum: '1 second', maximum: '1.5 seconds' },
  journey: [{
    name: 'login',
    requests: [{
      method: 'POST',
      path: '/api/login',
      body: { account: '{account}', password: '{password}' },
      contains: '"account":"{account}"',
    }],
  }],
},`

let base: TestInstance
let candidate: TestInstance
beforeAll(async () => {
  base = await TestInstance.make(brief)
  candidate = await TestInstance.make(brief)
  for (const instance of [base, candidate]) await instance.must('up', '--no-load-test')
})
afterAll(async () => {
  for (const instance of [base, candidate]) await instance.remove()
})

/** As somebody compares the candidate with the base, whose configuration it is. */
async function compared(given: { readonly ca?: string; readonly password?: string }) {
  const sites = [base, candidate].map(async (instance) => (await instance.status()).addresses.site)
  const words = ['compare', ...(await Promise.all(sites)), '--pairs', '6', '--scale', '0.006', '--users', '2', '--json']
  const authority = given.ca === undefined ? [] : ['--ca', given.ca]
  const env: Record<string, string> = given.password === undefined ? {} : { EDGE_TEST_PASSWORD: given.password }
  const { code, stdout } = await base.edge(['load-test', ...words, ...authority], { env })
  return { code, ...JSON.parse(stdout) }
}

it('measures both by turns, with the authority and the password of the other one', async () => {
  const ca = join(candidate.state, 'tls', 'ca.crt')
  const password = (await candidate.read('secrets/testAccounts')).trim()
  const { code, error, verdict, ...answer } = await compared({ ca, password })
  // On a machine that has no time each run is invalid. How fast the two are is not asked: they are the same.
  expect(error?.message ?? verdict).toMatch(
    /^(pass|regressed|inconclusive|6 runs were invalid, the last one as only \d+ % of the processors .*)$/,
  )
  expect(code).toBe(verdict === 'pass' ? 0 : 1)
  expect(answer).toMatchObject(error ? {} : { pairs: 6, wanted: 6, interrupted: false, runs: { length: 6 } })
})

it('says before any run what of the other one it was not given', async () => {
  const ca = join(candidate.state, 'tls', 'ca.crt')
  const before = (await base.answer('reports')).length
  const untrusted = await compared({})
  expect(untrusted).toMatchObject({ code: 1, error: { message: expect.stringContaining('certificate') } })
  expect(untrusted.error.hints).toContain('--ca FILE names the authority that signed its certificate')
  const unknown = await compared({ ca })
  expect(unknown).toMatchObject({ code: 1, error: { message: expect.stringContaining('answers 401') } })
  expect(unknown.error.hints).toContain('is EDGE_TEST_PASSWORD that of its test accounts?')
  expect((await base.answer('reports')).length).toBe(before)
})
