import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { eachUntil } from '../../src/core/at-once.ts'
import { asksForMs, type SiteClient, withSite } from './fetch.ts'
import { type CdnEndpoint, ours } from './endpoint.ts'
import { pathsTo } from './routing.ts'
import { type SpaCase, spaCases } from './spa-cases.ts'
import { hashOf } from './releases/tree.ts'

/** So many of the published pages are asked for. */
const mostPages = 8

/** Goes through the table of cases; an unknown path of the API is among them, and pages that were published. */
export async function spaRouting(endpoint: CdnEndpoint): Promise<Verdict> {
  return withSite(endpoint, async (client) => {
    const known = ours(endpoint)
    // Nobody says it of another site: most are single-page apps.
    const style = known?.settings.pages ?? 'app'
    const page = await client.ask('/', { headers: { accept: 'text/html' } })
    const files = (await known?.published())?.files ?? {}
    const pages = Object.keys(files).filter((name) => pathsTo(name, style).length > 0)
    const homepage = hashOf(page.body)
    const site = { homepage, files: { ...files, 'index.html': homepage } }
    const cases = spaCases(style, pages.slice(0, mostPages))
    // A site that answers slowly is judged by those that come first in the table.
    const results = await eachUntil(performance.now() + asksForMs, cases, async (spaCase) => ({
      spaCase,
      problem: await problemOf(client, spaCase, site),
    }))
    const wrong = results.filter(({ problem }) => problem !== undefined)
    const seen = measured({
      'cases right': `${results.length - wrong.length} of ${results.length}`,
      ...(results.length < cases.length ? { 'not asked': cases.length - results.length } : {}),
    })
    const [first] = wrong
    if (!first) return kept(seen)
    return broken(
      seen,
      `${first.spaCase.name} (${first.spaCase.method} ${first.spaCase.path}) ${first.problem}`,
      'edge deploy cdn puts the rendered nginx.conf back',
    )
  })
}

/** SHA-256 of the homepage as it is answered, and of the files that were published. */
type Hashes = { readonly homepage: string; readonly files: Readonly<Record<string, string>> }

async function problemOf(
  { ask }: SiteClient,
  { method, path, headers, answer }: SpaCase,
  site: Hashes,
): Promise<string | undefined> {
  const got = await ask(path, { method, headers })
  const hash = hashOf(got.body)
  const isHomepage = got.body.length > 0 && hash === site.homepage
  if (typeof answer === 'object') {
    if (got.status !== 200) return `answers ${got.status}`
    return hash === site.files[answer.page] || method === 'HEAD' ? undefined : `is not the page ${answer.page}`
  }
  switch (answer) {
    case 'missing':
      if (got.status !== 404) return `answers ${got.status}, not 404`
      return isHomepage ? 'is the homepage' : undefined
    case 'api':
      if (got.status >= 500) return `answers ${got.status}`
      return isHomepage ? 'is the homepage' : undefined
    case 'refused':
      return got.status >= 400 && got.status < 500 && !isHomepage ? undefined : `answers ${got.status}`
  }
}
