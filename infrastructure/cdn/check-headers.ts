import { parse } from 'node-html-parser'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { findAssets } from './assets.ts'
import { type Answer, withSite } from './fetch.ts'
import type { CdnEndpoint } from './local.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'

/** What browsers are told about a page, a file and an answer of the API; and that the page itself can live with it. */
export async function securityHeaders(endpoint: CdnEndpoint): Promise<Verdict> {
  return withSite(endpoint, async (client) => {
    const page = await client.ask('/', { headers: { accept: 'text/html' } })
    const { hashed } = await findAssets(client)
    const paths = [...hashed.slice(0, 1), ...(endpoint.api ? [endpoint.api.health] : []), '/edge-check-missing.js']
    const others = await Promise.all(paths.map((path) => client.ask(path)))
    const header = page.header('content-security-policy')
    const policy = directives(header)
    const seen = measured({
      policy: header,
      frames: page.header('x-frame-options'),
      referrer: page.header('referrer-policy'),
      nosniff: `${[page, ...others].filter(isNosniff).length} of ${others.length + 1} answers`,
    })
    const problem =
      policyProblem(header, page.header('x-frame-options')) ??
      (page.header('referrer-policy') === ''
        ? 'other sites are told the whole address (Referrer-Policy)'
        : undefined) ??
      sniffable([page, ...others])
    if (problem !== undefined) return broken(seen, problem, next)
    const blocked = blockedIn(page.body.toString(), policy)
    if (blocked !== undefined) {
      return broken(
        seen,
        `the page has ${blocked}, which its own policy forbids`,
        'cdn.contentSecurityPolicy allows it',
      )
    }
    return kept(seen)
  })
}

type Policy = ReadonlyMap<string, readonly string[]>

function directives(header: string): Policy {
  const parts = header.split(';').map((part) => part.trim().split(/\s+/))
  return new Map(parts.flatMap(([name = '', ...sources]) => (name === '' ? [] : [[name.toLowerCase(), sources]])))
}

/** What is wrong with a page's policy (its two headers), in words; undefined where it does its work. */
export function policyProblem(header: string, frames: string): string | undefined {
  const policy = directives(header)
  const scripts = policy.get('script-src') ?? policy.get('default-src')
  if (policy.size === 0) return 'the page says nothing of what it may load (Content-Security-Policy)'
  if (!scripts) return 'the policy does not bind scripts (script-src, default-src)'
  const loose = looseIn(scripts)
  if (loose !== undefined) return `the policy allows scripts from anywhere (${loose})`
  const ancestors = policy.get('frame-ancestors')
  // Where the policy says who may, browsers do not look at the older header.
  if (ancestors ? ancestors.some(isAnywhere) : frames === '') return 'any other site may show the page in a frame'
  return undefined
}

/** A star, or a scheme alone: every host of the world. */
const isAnywhere = (source: string): boolean => source === '*' || /^[a-z][a-z0-9+.-]*:(\/\/\*)?$/i.test(source)

/** What lets a script in that the site did not mean. */
function looseIn(scripts: readonly string[]): string | undefined {
  const marked = scripts.some((source) => /^'(nonce|sha\d+)-/.test(source))
  return scripts.find((source) => {
    // A nonce or a hash beside it makes browsers ignore 'unsafe-inline'; only 'strict-dynamic' makes them ignore hosts.
    if (source === "'unsafe-inline'") return !marked
    return isAnywhere(source) && !(marked && scripts.includes("'strict-dynamic'"))
  })
}

const isNosniff = (answer: Answer): boolean => answer.header('x-content-type-options') === 'nosniff'

function sniffable(answers: readonly Answer[]): string | undefined {
  const found = answers.find((answer) => !isNosniff(answer))
  return found && `browsers may guess the type of ${new URL(found.url).pathname} (X-Content-Type-Options)`
}

/** Something in the page that browsers will not run under its policy. */
function blockedIn(html: string, policy: Policy): string | undefined {
  const allowed = (name: string): readonly string[] =>
    policy.get(name) ?? policy.get('default-src') ?? ["'unsafe-inline'"]
  const inlineOk = (name: string): boolean =>
    allowed(name).some((source) => source === "'unsafe-inline'" || /^'(nonce|sha\d+)-/.test(source))
  const page = parse(html)
  const runs = (type: string | undefined): boolean =>
    type === undefined || type === 'module' || type.includes('javascript')
  const inlineScript = page
    .querySelectorAll('script')
    .some((script) => script.getAttribute('src') === undefined && runs(script.getAttribute('type')))
  if (inlineScript && !inlineOk('script-src')) return 'an inline script'
  if (page.querySelector('style') && !inlineOk('style-src')) return 'an inline style sheet'
  const foreign = page
    .querySelectorAll('script[src], link[rel=stylesheet][href]')
    .map((element) => ({
      directive: element.tagName === 'SCRIPT' ? 'script-src' : 'style-src',
      url: URL.parse(element.getAttribute('src') ?? element.getAttribute('href') ?? '', 'https://site.invalid'),
    }))
    .find(({ directive, url }) => {
      if (!url || url.host === 'site.invalid') return false
      return !allowed(directive).some((source) => source === '*' || source === 'https:' || source.includes(url.host))
    })
  return foreign?.url ? `a file from ${foreign.url.host}` : undefined
}
