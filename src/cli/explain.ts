import { explain as explainPath, type Explanation, publishedAt } from '../../infrastructure/cdn/explain.ts'
import { type Reachable, withSite } from '../../infrastructure/cdn/fetch.ts'
import { exit, type ExitCode, messageOf, OperatorError } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { words } from './words.ts'
import { style } from './screen/style.ts'
import { siteOfInstance, openInstance } from './open.ts'
import type { VerbRun } from './verbs.ts'

/** `edge explain`: what the edge does with a path, and what it answers now. */
export const explain: VerbRun = async (world, positional, options) => {
  const path = pathOf(words(positional)[0] ?? '')
  const { instance, configuration } = await openInstance(world, options)
  const { site, edge } = siteOfInstance(instance, configuration)
  const explanation = await explainPath(
    path,
    configuration.cdn,
    await publishedAt(site),
    configuration.site.api !== undefined,
  )
  return showExplanation(explanation, edge.endpoint, world, options)
}

/** Shows what was explained, with what the site answers now. */
export async function showExplanation(
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
export function pathOf(given: string): string {
  const url = URL.parse(given, 'https://site.invalid')
  if (url && (given.startsWith('/') || /^https?:/.test(given))) return url.pathname
  throw new OperatorError(
    'explain',
    `must be a path of the site (got ${given})`,
    'edge explain /sports/nba',
    exit.usage,
  )
}
