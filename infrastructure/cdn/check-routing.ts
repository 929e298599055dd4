import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { type Answer, type SiteClient, withSite } from './fetch.ts'
import type { CdnEndpoint } from './local.ts'
import { type SpaCase, spaCases } from './spa-cases.ts'

/** Goes through the table of cases; an unknown path of the API is among them. */
export async function spaRouting(endpoint: CdnEndpoint): Promise<Verdict> {
  return withSite(endpoint, async (client) => {
    const page = await client.ask('/', { headers: { accept: 'text/html' } })
    const results = await Promise.all(
      spaCases.map(async (spaCase) => ({ spaCase, problem: await problemOf(client, spaCase, page) })),
    )
    const wrong = results.filter(({ problem }) => problem !== undefined)
    const seen = measured({ 'cases right': `${results.length - wrong.length} of ${results.length}` })
    const [first] = wrong
    if (!first) return kept(seen)
    return broken(
      seen,
      `${first.spaCase.name} (${first.spaCase.method} ${first.spaCase.path}) ${first.problem}`,
      'edge deploy cdn puts the rendered nginx.conf back',
    )
  })
}

async function problemOf(
  { ask }: SiteClient,
  { method, path, headers, answer }: SpaCase,
  page: Answer,
): Promise<string | undefined> {
  const got = await ask(path, { method, headers })
  const isPage = got.body.length > 0 && got.body.equals(page.body)
  switch (answer) {
    case 'app':
      if (got.status !== 200) return `answers ${got.status}`
      return isPage || method === 'HEAD' ? undefined : "is not the app's page"
    case 'missing':
      if (got.status !== 404) return `answers ${got.status}, not 404`
      return isPage ? "is the app's page" : undefined
    case 'api':
      if (got.status >= 500) return `answers ${got.status}`
      return isPage ? "is the app's page" : undefined
    case 'refused':
      return got.status >= 400 && got.status < 500 && !isPage ? undefined : `answers ${got.status}`
  }
}
