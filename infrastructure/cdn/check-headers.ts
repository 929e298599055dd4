import { parse } from 'node-html-parser'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { appRoutes } from './app-routes.ts'
import { findAssets } from './assets.ts'
import { journeyOf } from './check-api.ts'
import { type Answer, type SiteClient, withSite } from './fetch.ts'
import { type CdnEndpoint, hashedFoldersAt, ours } from './endpoint.ts'
import { isOfApi } from './routing.ts'
import { type CdnSettings, contentSecurityPolicyOf, referrerPolicy } from './settings.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'

/**
 * What browsers are told about pages, files and answers of the API: that it does its work, that our own instance says
 * what it is configured to say, and that the page itself can live with it.
 */
export async function securityHeaders(endpoint: CdnEndpoint): Promise<Verdict> {
  const settings = ours(endpoint)?.settings
  return withSite(endpoint, async (client) => {
    const { page, routes, others } = await answersOf(client, endpoint)
    const pages = [page, ...routes]
    const header = page.header('content-security-policy')
    const seen = measured({
      policy: header,
      frames: page.header('x-frame-options'),
      referrer: page.header('referrer-policy'),
      pages: pages.map(pathOf),
      nosniff: `${[...pages, ...others].filter(isNosniff).length} of ${pages.length + others.length} answers`,
    })
    const problem =
      pageProblem(page) ??
      routes.map((route) => prefixed(pathOf(route), pageProblem(route))).find((found) => found !== undefined) ??
      sniffable([...pages, ...others]) ??
      (settings && unlikeConfigured(pages, others, settings))
    if (problem !== undefined) return broken(seen, problem, next)
    const blocked = blockedIn(page.body.toString(), directives(header))
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

type Answers = { readonly page: Answer; readonly routes: readonly Answer[]; readonly others: readonly Answer[] }

/** The homepage, those routes of the app that are pages here, and some of the rest: one location may say less. */
async function answersOf(client: SiteClient, endpoint: CdnEndpoint): Promise<Answers> {
  const { api } = endpoint
  const html = { headers: { accept: 'text/html' } }
  const page = await client.ask('/', html)
  const { hashed } = await findAssets(client, hashedFoldersAt(endpoint))
  const ofApi = api ? [api.health, ...journeyOf(api).slice(0, 3)] : []
  const paths = [...new Set([...hashed.slice(0, 2), ...ofApi, '/edge-check-missing.js'])]
  const known = await appRoutes(ours(endpoint), page.body.toString())
  const routes = await Promise.all(known.map((path) => client.ask(path, html)))
  const others = await Promise.all(paths.map((path) => client.ask(path)))
  // A site that has no such route answers 404 or leads elsewhere, and no visitor sees a page there.
  return { page, routes: routes.filter(isPage), others }
}

const isPage = (answer: Answer): boolean => answer.status === 200 && answer.header('content-type').includes('html')
const pathOf = ({ url }: Answer): string => new URL(url).pathname
const prefixed = (path: string, problem: string | undefined): string | undefined => problem && `${path}: ${problem}`

const pageProblem = (page: Answer): string | undefined =>
  policyProblem(page.header('content-security-policy'), page.header('x-frame-options')) ??
  (page.header('referrer-policy') === '' ? 'other sites receive the whole address (Referrer-Policy)' : undefined)

/** Where our own instance says something else than it is rendered to say: a policy may do its work, and be weaker. */
function unlikeConfigured(
  pages: readonly Answer[],
  others: readonly Answer[],
  settings: CdnSettings,
): string | undefined {
  const everywhere = { 'Referrer-Policy': referrerPolicy }
  const onPages = {
    // A header's value ends and begins with no space, whatever the configuration's does.
    'Content-Security-Policy': contentSecurityPolicyOf(settings)?.trim() ?? '',
    'X-Frame-Options': settings.frames,
    ...everywhere,
  }
  const unlike = (answers: readonly Answer[], wanted: Readonly<Record<string, string>>): string[] =>
    answers.flatMap((answer) =>
      Object.entries(wanted)
        .filter(([name, value]) => answer.header(name) !== value)
        .map(
          ([name]) => `${pathOf(answer)} is not sent with the configured ${name} (${answer.header(name) || 'none'})`,
        ),
    )
  // What the API says of its own answers is the API's.
  const files = others.filter((answer) => !isOfApi(pathOf(answer)))
  return [...unlike(pages, onPages), ...unlike(files, everywhere)][0]
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
  return found && `browsers may guess the type of ${pathOf(found)} (X-Content-Type-Options)`
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
