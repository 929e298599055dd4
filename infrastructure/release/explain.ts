import { explain as explainPath, type Explanation, publishedAt } from '../cdn/explain.ts'
import { type Reachable, withSite } from '../cdn/fetch.ts'
import { exit, type ExitCode, messageOf, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import type { Explained } from './published.ts'
import { words } from '../../src/core/options.ts'
import { style } from '../../src/cli/screen/style.ts'
import { openInstance } from '../../src/cli/open.ts'
import { siteOfInstance } from '../site.ts'
import type { VerbRun } from '../../src/core/verb.ts'

/** What the edge does with a path, and what it answers now. */
export const explain: VerbRun = async (world, positional, options) => {
  const [given = ''] = words(positional)
  const path = pathOf(given)
  const isOurs = (addresses: readonly [string, ...string[]]): void => requireOfSite(given, addresses)
  const isOnAws = options['target'] === 'aws'
  const { explanation, endpoint } = isOnAws
    ? await (await import('./explain-on-aws.ts')).explainOnAws(path, isOurs, world, options)
    : await explainHere(path, isOurs, world, options)
  return showExplanation(explanation, endpoint, world, options)
}

async function explainHere(
  path: string,
  isOurs: (addresses: readonly [string, ...string[]]) => void,
  world: World,
  options: Readonly<Record<string, unknown>>,
): Promise<Explained> {
  const { instance, configuration } = await openInstance(world, options)
  const { site, https, http, edge } = siteOfInstance(instance, configuration)
  isOurs([https, http])
  const { cdn, site: settings } = configuration
  const explanation = await explainPath(path, cdn, await publishedAt(site), settings.api !== undefined)
  return { explanation, endpoint: edge.endpoint }
}

/** Shows what was explained, with what the site answers now. */
async function showExplanation(
  explanation: Explanation,
  endpoint: Reachable,
  world: World,
  options: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const { path } = explanation
  const now = await withSite(endpoint, ({ ask }) =>
    ask(path, { headers: { 'sec-fetch-mode': 'navigate', accept: 'text/html', 'accept-encoding': 'br, gzip' } }),
  ).then(
    (answer) => ({
      status: answer.status,
      cacheControl: answer.header('cache-control'),
      cache: answer.header('x-cache'),
      encoding: answer.header('content-encoding'),
      bytes: answer.body.length,
    }),
    (error: unknown) => ({ error: messageOf(error) }),
  )
  if (options['json'] === true) {
    world.stdout.write(`${JSON.stringify({ ...explanation, now }, undefined, 2)}\n`)
    return exit.ok
  }
  const { file, behaviour, pathPattern, why, cacheControl, edgeSeconds, cacheKeys } = explanation
  const rows = {
    behaviour: pathPattern === undefined ? behaviour : `${behaviour}, by CloudFront's path pattern ${pathPattern}`,
    because: why,
    ...(file ? { file: `${file.name} (${file.class})`, releases: file.releases.join(', ') } : {}),
    browser: `Cache-Control: ${cacheControl}`,
    caches: edgeSeconds === 0 ? 'none keeps it' : `each keeps it for ${edgeSeconds} s, or until a release changes it`,
    ...(cacheKeys.length > 0 ? { keys: cacheKeys.join('  ') } : {}),
    now:
      'error' in now
        ? `the edge does not answer: ${now.error}`
        : [now.status, now.cache, now.cacheControl, now.encoding, `${now.bytes} bytes`].filter(Boolean).join(' · '),
  }
  const { bold, dim } = style(world.stdout)
  world.stdout.write(`${bold(explanation.path)}\n`)
  for (const [name, value] of Object.entries(rows)) world.stdout.write(`  ${dim(name.padEnd(10))} ${value}\n`)
  return exit.ok
}

/** The path of what the operator wrote: a path, or a whole address. Throws OperatorError (exit 2) for anything else. */
function pathOf(given: string): string {
  const url = URL.parse(given, 'https://site.invalid')
  if (url && (given.startsWith('/') || /^https?:/.test(given))) return url.pathname
  throw new OperatorError(
    'explain',
    `must be a path of the site (got ${given})`,
    'edge explain /sports/nba',
    exit.usage,
  )
}

/**
 * A whole address names its site, and no other one than ours is looked at. Visitors may see ours without its port, which
 * a router hides. Throws OperatorError (exit 2) for an address of another.
 */
export function requireOfSite(given: string, addresses: readonly [string, ...string[]]): void {
  const [own] = addresses
  // A path alone is of our own.
  const asked = new URL(given, own)
  const isOwn = addresses
    .map((address) => new URL(address))
    .some(({ host, hostname }) => [host, hostname].includes(asked.host))
  if (isOwn) return
  const hint = `edge explain ${asked.pathname} explains that path of ${own}`
  throw new OperatorError('explain', `${asked.origin} is another site than this one, ${own}`, hint, exit.usage)
}
